import { describe, expect, it } from 'vitest';
import { ask } from './client.ts';
import { eventually } from './eventually.ts';
import { startLoad } from './load.ts';
import { linesOf, startProgram } from './spawn.ts';
import { startUpstream } from './upstream.ts';

describe('SIGUSR2, before SIGTERM', () => {
  it('makes Weir not ready and its answers close their connections, while it serves on and on', async () => {
    const stable = await startUpstream('stable');
    const weir = await startProgram({ stable: stable.url, timeouts: { drain: '5s' } });
    const load = startLoad(weir.traffic, { perSecond: 100 });
    await eventually(() => expect(load.answers.length).toBeGreaterThan(20));
    expect(await weir.readyz()).toBe(200);

    weir.kill('SIGUSR2');
    await eventually(async () => expect(await weir.readyz()).toBe(503));
    const before = load.answers.length;
    // Longer than a drain would still accept: a fifth of its time, at 100 requests a second.
    await eventually(() => expect(load.answers.length).toBeGreaterThan(before + 150));
    expect(load.answers.at(-1)!.headers.connection).toBe('close');
    expect((await ask(weir.traffic)).status).toBe(200);

    weir.kill('SIGUSR2');
    await load.stop();
    expect(load.failures).toEqual([]);
    weir.kill('SIGTERM');
    expect(await weir.ended).toEqual({ code: 0, signal: null });
    const messages = linesOf(weir.stdout()).map(({ msg }) => msg);
    expect(messages.filter((message) => message.startsWith('leaving'))).toHaveLength(1);
  });
});
