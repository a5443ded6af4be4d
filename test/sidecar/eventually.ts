import { vi } from 'vitest';

/** Looks again and again until the expectation holds; how long that takes is not what is tested. */
export function eventually<T>(expectation: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(expectation, { timeout: 15_000, interval: 20 });
}
