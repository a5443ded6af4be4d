import { describe, expect, it } from 'vitest';
import { within } from '../../src/fleet/redis/client.ts';

/** Nothing else happens meanwhile, as when the machine gives the process no time. */
function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('what is asked of the store', () => {
  it('is given up when no answer has come in its time', async () => {
    await expect(within(new Promise(() => {}), 20)).rejects.toThrow('no answer within 20 ms');
  });

  it('is not given up for the time in which this process stood still', async () => {
    // As a socket is read after timers have been looked at.
    const answer = new Promise((resolve) => setImmediate(() => setImmediate(resolve, 'here')));
    const asked = within(answer, 20);
    standStill(40);
    expect(await asked).toBe('here');
  });
});
