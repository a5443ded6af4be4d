import type { Sample, SideSample } from '../model/feed.ts';
import { MEASURES } from '../model/verdict.ts';
import type { Measure } from '../model/verdict.ts';

/**
 * The last samples, in one block of numbers whose size never changes: a row a second, a column for each number. Whoever
 * opens the page gets them as its past; nobody else pays for them.
 */
export interface Samples {
  add(sample: Sample): void;
  /** Oldest first. */
  read(): readonly Sample[];
}

/** Ten minutes. */
export const KEPT_SAMPLES = 600;

const [AT, WEIGHT, STABLE, CANDIDATE, EVIDENCE] = [0, 1, 2, 5, 8];
const COLUMNS = EVIDENCE + MEASURES.length;

export function createSamples(kept = KEPT_SAMPLES): Samples {
  const numbers = new Float64Array(kept * COLUMNS);
  let count = 0;

  function writeSide(at: number, { requests, failures, p95Ms }: SideSample): void {
    numbers[at] = requests;
    numbers[at + 1] = failures;
    numbers[at + 2] = p95Ms ?? Number.NaN;
  }

  function readSide(at: number): SideSample {
    return { requests: numbers[at]!, failures: numbers[at + 1]!, p95Ms: known(numbers[at + 2]!) };
  }

  function readRow(row: number): Sample {
    const at = row * COLUMNS;
    const evidence: Partial<Record<Measure, number>> = {};
    for (const [i, measure] of MEASURES.entries()) {
      const ln = known(numbers[at + EVIDENCE + i]!);
      if (ln !== null) evidence[measure] = ln;
    }
    return {
      at: new Date(numbers[at + AT]!).toISOString(),
      weight: numbers[at + WEIGHT]!,
      sides: { stable: readSide(at + STABLE), candidate: readSide(at + CANDIDATE) },
      evidence,
    };
  }

  return {
    add(sample) {
      const at = (count++ % kept) * COLUMNS;
      numbers[at + AT] = Date.parse(sample.at);
      numbers[at + WEIGHT] = sample.weight;
      writeSide(at + STABLE, sample.sides.stable);
      writeSide(at + CANDIDATE, sample.sides.candidate);
      for (const [i, measure] of MEASURES.entries()) {
        numbers[at + EVIDENCE + i] = sample.evidence[measure] ?? Number.NaN;
      }
    },
    read() {
      const length = Math.min(count, kept);
      return Array.from({ length }, (_, i) => readRow((count - length + i) % kept));
    },
  };
}

const known = (number: number): number | null => (Number.isNaN(number) ? null : number);
