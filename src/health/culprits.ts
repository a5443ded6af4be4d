import type { Measure } from '../model/verdict.ts';

type Fault = 'errors' | 'p95';

/** What speaks for a guard: failed or slow requests, or none that Weir forwarded. */
const FAULTS: Record<Measure, Fault | null> = {
  errors: 'errors',
  'worse-errors': 'errors',
  p95: 'p95',
  'worse-p95': 'p95',
  probe: null,
  members: null,
};

/** The trace ids of the latest requests that spoke against one side, so that a rollback can name some of them. */
export interface Culprits {
  note(fault: Fault, traceId: string): void;
  /** Of those that spoke for this guard, latest first. */
  latest(measure: Measure): readonly string[];
  clear(): void;
}

const KEPT = 5;

/** Creates an empty record of at most five trace ids a measure; requests without one leave no trace in it. */
export function createCulprits(): Culprits {
  const rings = { errors: emptyRing(), p95: emptyRing() };
  const next = { errors: 0, p95: 0 };

  return {
    note(fault, traceId) {
      if (traceId === '') return;
      rings[fault][next[fault]] = traceId;
      next[fault] = (next[fault] + 1) % KEPT;
    },
    latest(measure) {
      const fault = FAULTS[measure];
      if (fault === null) return [];
      const ring = rings[fault];
      const at = next[fault];
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
