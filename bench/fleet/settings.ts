import type { Guards } from '../../src/model/guards.ts';

/** As a configuration without a word about them has them. */
export const GUARDS: Guards = {
  windowMs: 120_000,
  errorsRatio: 0.005,
  p95Ms: 300,
  rule: 'evidence',
  minRequests: 20,
  falseRollbackMs: 30 * 86_400_000,
  worseThanStable: null,
};

/** Of each member: a candidate at 5 %. */
export const CANDIDATE_PER_SECOND = 1;
export const STABLE_PER_SECOND = 19;
export const BEAT_MS = 100;
