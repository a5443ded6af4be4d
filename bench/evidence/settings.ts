import type { WatchSettings } from '../../src/simulate/watch.ts';

const DEFAULTS = { falseRollbackMs: 30 * 86_400_000, minRequests: 20 };

/** The configuration's defaults. */
export const USUAL: WatchSettings = { ...DEFAULTS, limitRatio: 0.005, windowMs: 120_000 };
/** A window and a limit at which the plain rule is often used. */
export const SHORT: WatchSettings = { ...DEFAULTS, limitRatio: 0.01, windowMs: 30_000 };
export const PER_SECOND = [0.5, 5, 50];
