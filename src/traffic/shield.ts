import { Method } from './wire/head.ts';

/**
 * The shield: what decides whether a failed candidate answer is replayed on stable, so that no user sees it.
 *
 * A replay must do no harm (a safe method, or a request that its sender marked as repeatable), must be possible
 * (the body still at hand), and must not turn a bad candidate into an overload of stable. For that each candidate
 * request earns a part of a replay, and a replay costs a whole one; what is saved up is bounded. A full purse at
 * the start lets the first failures of a new candidate be shielded, and a candidate that fails for long costs
 * stable at most `budgetRatio` of the candidate's own traffic.
 */
export interface ShieldSettings {
  /** Upper-case names; none means that there is no shield. */
  readonly methods: readonly string[];
  readonly bodyLimitBytes: number;
  /** Replays per candidate request in the long run, 0..1. */
  readonly budgetRatio: number;
  /** Whether the client is told, by `x-weir-shielded: 1`. */
  readonly mark: boolean;
  /** Whether a request with an Idempotency-Key counts as safe. */
  readonly idempotencyKey: boolean;
}

export interface Shield {
  readonly bodyLimitBytes: number;
  readonly mark: boolean;
  covers(method: Method, hasIdempotencyKey: boolean): boolean;
  /** A request was sent to the candidate. */
  earn(): void;
  /** Pays for one replay; false when there is not enough. */
  spend(): boolean;
}

/** Replays saved up at most. */
const PURSE = 100;

export function createShield(settings: ShieldSettings): Shield {
  const { methods, bodyLimitBytes, budgetRatio, mark, idempotencyKey } = settings;
  const covered = new Set<number>(
    methods.map((name) => Method[name.toLowerCase() as keyof typeof Method] ?? Method.other),
  );
  covered.delete(Method.other);
  let saved = PURSE;
  return {
    bodyLimitBytes,
    mark,
    covers: (method, hasIdempotencyKey) =>
      covered.has(method) || (covered.size > 0 && idempotencyKey && hasIdempotencyKey),
    earn() {
      saved = Math.min(PURSE, saved + budgetRatio);
    },
    spend() {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}
