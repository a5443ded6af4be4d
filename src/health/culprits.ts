import type { Measure } from '../model/verdict.ts';

/** The trace ids of the latest requests that spoke against one side, so that a rollback can name some of them. */
export interface Culprits {
  note(measure: Measure, traceId: string): void;
  /** Latest first. */
  latest(measure: Measure): readonly string[];
  clear(): void;
}

const KEPT = 5;

/** Creates an empty record of at most five trace ids a measure; requests without one leave no trace in it. */
export function createCulprits(): Culprits {
  const rings = { errors: emptyRing(), p95: emptyRing() };
  const next = { errors: 0, p95: 0 };

  return {
    note(measure, traceId) {
      if (traceId === '') return;
      rings[measure][next[measure]] = traceId;
      next[measure] = (next[measure] + 1) % KEPT;
    },
    latest(measure) {
      const ring = rings[measure];
      const at = next[measure];
      return [...ring.slice(at), ...ring.slice(0, at)].filter((traceId) => traceId !== '').toReversed();
    },
    clear() {
      rings.errors.fill('');
      rings.p95.fill('');
    },
  };
}

function emptyRing(): string[] {
  return Array.from({ length: KEPT }, () => '');
}
