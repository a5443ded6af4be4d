import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after so many milliseconds, or as soon as the signal says so. Never rejects, and keeps no process alive. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

export const systemWait: Wait = async (ms, signal) => {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => {});
};
