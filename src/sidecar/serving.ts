import type { Readiness } from '../tell/telemetry.ts';

/** Whether Weir is starting, serves, or leaves; it never comes back from leaving. */
export interface Serving {
  /** What `/readyz` says. */
  read(): Readiness;
  /** Everything is in force and listens. */
  begin(): void;
  /** From now on no new traffic is wanted. True the first time. */
  leave(): boolean;
}

const ANSWERS = {
  starting: { ready: false, reason: 'starting' },
  serving: { ready: true, reason: 'ok' },
  leaving: { ready: false, reason: 'draining' },
} as const satisfies Record<string, Readiness>;

export function createServing(): Serving {
  let state: keyof typeof ANSWERS = 'starting';
  return {
    read: () => ANSWERS[state],
    begin() {
      if (state === 'starting') state = 'serving';
    },
    leave() {
      const isNews = state !== 'leaving';
      state = 'leaving';
      return isNews;
    },
  };
}
