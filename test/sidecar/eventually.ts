import { vi } from 'vitest';

/** Looks again and again until the expectation holds; how long that takes is not what is tested. */
export function eventually<T>(expectation: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(expectation, { timeout: 60_000, interval: 20 });
}

/** Resolves when the number has stood still over many looks. */
export async function settled(read: () => number): Promise<number> {
  let last = -1;
  let looks = 0;
  await eventually(() => {
    looks = read() === last ? looks + 1 : 0;
    last = read();
    if (looks < 25) throw new Error(`still moving at ${last}`);
  });
  return last;
}
