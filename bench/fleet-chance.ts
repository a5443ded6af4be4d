import { createPoisson } from '../src/simulate/chance.ts';
import { quantileOf } from '../src/simulate/detection.ts';
import { seededRandom } from '../src/support/random.ts';
import type { TestMember } from '../test/fleet/members.ts';
import { createTestMember, linkTo, settle } from '../test/fleet/members.ts';
import { createModelServer } from '../test/fleet/model-store.ts';
import { DECLARATION } from '../test/release/fixtures.ts';
import { tableOf } from './evidence/table.ts';
import { BEAT_MS, CANDIDATE_PER_SECOND, GUARDS } from './fleet/settings.ts';

/**
 * Small fleets whose requests come at random, by a made-up clock: the shipped members on the store's model, at one
 * candidate request a second each. How long it takes until all have reset when everything fails, and how often one
 * member whose path alone is broken takes the candidate from all within half a minute, the others being at their limit. Needs no server and does not
 * depend on how busy the machine is; the same seeds give the same figures. 200 runs take about two minutes.
 *
 *     node bench/fleet-chance.ts [RUNS]
 */
const runs = Number(process.argv[2] ?? 200);
const WARM_BEATS = 200;
const BEATS = 300;
const SIZES = [2, 3, 4, 5];
const LATE_MS = 3000;

interface Ending {
  /** From the first failure until nobody gives the candidate anything; null when that never came. */
  readonly tookMs: number | null;
  /** Whether it was taken from all by the fleet. */
  readonly isRolledBack: boolean;
}

/** The first so many members fail everything in the end; of all other requests this share fails. */
async function play(size: number, seed: number, failing: number, elseRatio: number): Promise<Ending> {
  const random = seededRandom(seed);
  let ids = 0;
  const world = { nowMs: 1_700_000_000_000, random, newId: () => `${String(++ids).padStart(8, '0')}-id` };
  const server = createModelServer(() => world.nowMs);
  const members: TestMember[] = [];
  for (let at = 0; at < size; at++) {
    const member = createTestMember(`pod-${at}`, world, linkTo(server), undefined, { guards: GUARDS });
    await member.begin(DECLARATION);
    members.push(member);
    await settle();
    // They have not all started at once.
    world.nowMs += Math.floor(random() * 300);
  }
  const requests = createPoisson(random, (CANDIDATE_PER_SECOND * BEAT_MS) / 1000);
  let firstMs: number | null = null;
  const isOut = (): boolean => members.every((member) => member.share() === 0);
  for (let beat = 0; beat < WARM_BEATS || (beat < WARM_BEATS + BEATS && !isOut()); beat++) {
    world.nowMs += BEAT_MS;
    for (const [at, member] of members.entries()) {
      const isFailing = beat >= WARM_BEATS && at < failing;
      const count = member.share() > 0 ? requests() : 0;
      for (let request = 0; request < count; request++) {
        member.traffic.add(1, Number(isFailing || random() < elseRatio));
        if (isFailing) firstMs ??= world.nowMs;
      }
      member.beat();
    }
    await settle();
  }
  return {
    tookMs: isOut() && firstMs !== null ? world.nowMs - firstMs : null,
    isRolledBack: members.some(({ control }) => control.rollout().phase === 'rolled-back'),
  };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const rows: string[][] = [];
for (const size of SIZES) {
  const took: number[] = [];
  let spread = 0;
  for (let run = 0; run < runs; run++) {
    took.push((await play(size, run + 1, size, 0)).tookMs ?? Number.POSITIVE_INFINITY);
    if ((await play(size, run + 1, 1, GUARDS.errorsRatio!)).isRolledBack) spread++;
  }
  const late = took.filter((ms) => ms > LATE_MS).length;
  const cells = [0.5, 0.9, 0.99].map((level) => seconds(quantileOf(took, level)));
  rows.push([String(size), ...cells, `${((100 * late) / runs).toFixed(1)} %`, `${spread} of ${runs}`]);
}
const titles = ['members', 'all fail: median', '90 %', '99 %', `over ${seconds(LATE_MS)}`, 'one bad takes all'];
process.stdout.write(`${tableOf(titles, rows)}\n`);
