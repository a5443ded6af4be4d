import type { LatencyScale } from './latency.ts';

/**
 * A window's latencies, small enough to travel: bins of the scale in groups of four, each its number and its count, the
 * empty ones left out. Groups are laid out from the limit outwards as the bins are, so the limit bounds a group too, and
 * a percentile of many sidecars' sums is within 9 % of what was counted. For display: what is judged are counts of slow
 * requests.
 */
export type LatencyGroups = readonly (readonly [group: number, count: number])[];

const BINS_A_GROUP = 4;

export function groupsOf(scale: LatencyScale, counts: ArrayLike<number>): LatencyGroups {
  const groups = new Map<number, number>();
  const last = lastBinOfGroup0(scale);
  for (let bin = 0; bin < counts.length; bin++) {
    if (!(counts[bin]! > 0)) continue;
    const group = Math.ceil((bin - last) / BINS_A_GROUP) + 0;
    groups.set(group, (groups.get(group) ?? 0) + counts[bin]!);
  }
  return [...groups];
}

/** The 95th percentile in milliseconds of all of them together; null without a count. */
export function p95Of(scale: LatencyScale, all: readonly LatencyGroups[]): number | null {
  const sums = new Map<number, number>();
  for (const [group, count] of all.flat()) sums.set(group, (sums.get(group) ?? 0) + count);
  const rising = [...sums].toSorted(([a], [b]) => a - b);
  const total = rising.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  let left = Math.ceil((total * 95) / 100);
  const [group] = rising.find(([, count]) => (left -= count) <= 0)!;
  const top = lastBinOfGroup0(scale) + group * BINS_A_GROUP;
  return Math.sqrt(scale.valueOf(top - BINS_A_GROUP + 1) * scale.valueOf(top));
}

const lastBinOfGroup0 = ({ limitMs, binOf }: LatencyScale): number => (limitMs === null ? 0 : binOf(limitMs));

/** As `-1:20,0:3`. */
export function writtenGroups(groups: LatencyGroups): string {
  return groups.map(([group, count]) => `${group}:${count}`).join(',');
}

/** None where it is not what was written. */
export function readGroups(text: string): LatencyGroups {
  if (!/^-?\d{1,4}:\d{1,15}(?:,-?\d{1,4}:\d{1,15})*$/.test(text)) return [];
  return text.split(',').map((pair) => {
    const [group, count] = pair.split(':').map(Number);
    return [group!, count!];
  });
}
