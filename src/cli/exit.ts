/** The exit codes of every verb; scripts rely on them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, rolledBack: 3, timedOut: 4, badConfiguration: 64 } as const;
