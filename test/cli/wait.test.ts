import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/support/clock.ts';
import { clockAhead } from '../sidecar/ahead.ts';
import { ask, askMany } from '../sidecar/client.ts';
import { eventually } from '../sidecar/eventually.ts';
import type { Settings } from '../sidecar/settings.ts';
import { startProgram } from '../sidecar/spawn.ts';
import { freePort } from '../ports.ts';
import { failing, startUpstream } from '../sidecar/upstream.ts';
import { startWeir } from '../sidecar/weir.ts';
import { cli, startCli, startScript } from './program.ts';

/** As a pipeline would: what it does next depends on the exit code alone. */
const PIPELINE = `
weir status --wait --timeout "$1" > card.txt
code=$?
cat card.txt
case $code in
  0) echo "ship it" ;;
  3) echo "rolled back" ;;
  4) echo "still running" ;;
  *) echo "broken" ;;
esac
exit $code
`;

async function scene(more: Partial<Settings>, clock?: Clock) {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const guards = { window: '10s', errors: '5%' };
  const weir = await startWeir({ stable: stable.url, candidate: candidate.url, guards, ...more }, clock);
  const admin = `http://127.0.0.1:${weir.ports.admin}`;
  const startPipeline = (timeout: string) =>
    startScript(`cd "$(mktemp -d)"; trap 'rm -r "$PWD"' EXIT; set -- ${timeout}${PIPELINE}`, { WEIR_ADMIN: admin });
  const pipeline = (timeout: string) => startPipeline(timeout).ended;
  return { weir, candidate, startPipeline, pipeline, variables: { WEIR_ADMIN: admin } };
}

describe('a script that waits with weir status --wait', () => {
  it('is told of every step, and goes on when the candidate is promoted and its bake is over: 0', async () => {
    const clock = clockAhead();
    const { weir, startPipeline } = await scene({ weight: '50%', more: { rollout: { bake: '1h' } } }, clock);
    const waiting = startPipeline('1m');
    await eventually(() => expect(waiting.error()).toContain('shifting: v2 gets 50 %'));
    await weir.change('POST', '/v1/rollout/promote', { reason: 'good' });
    await eventually(() => expect(waiting.error()).toContain('promoted: v2 is stable'));
    clock.jump(3_600_000);
    const { code, out, error } = await waiting.ended;
    expect(code).toBe(0);
    expect(out).toMatch(/^shop {2}IDLE {2}everything goes to v2; [\s\S]*ship it\n$/);
    expect(error).toMatch(/shifting: [^]*promoted: [^]*idle: [^]*v2 is stable, and its bake is over\n$/);
    expect((await weir.status()).phase).toBe('idle');
  });

  it('stops when a guard takes the candidate out: 3, and at once when that was before', async () => {
    const { weir, candidate, pipeline } = await scene({ weight: '50%' });
    candidate.answer = failing;
    const waiting = pipeline('1m');
    await eventually(async () => {
      await askMany(weir.traffic, 20);
      expect((await weir.status()).phase).toBe('rolled-back');
    });
    const { code, out, error } = await waiting;
    expect([code, out.split('\n').at(-2)]).toEqual([3, 'rolled back']);
    expect(error).toMatch(/v2 was taken out: candidate failures [\d.]+ % > 5 % .*\n$/);
    expect(await pipeline('1m')).toMatchObject({ code: 3 });
  });

  it('learns that time was too short: 4, and nothing has changed', async () => {
    const { weir, pipeline } = await scene({ weight: '50%' });
    const { code, out, error } = await pipeline('1s');
    expect([code, out.split('\n').at(-2)]).toEqual([4, 'still running']);
    expect(error).toContain('no end after 1s: v2 is still under way, and goes on; nothing was changed\n');
    expect(await weir.status()).toMatchObject({ phase: 'shifting', revision: 1 });
  });

  it('fails when nobody answers: 1', async () => {
    const admin = `http://127.0.0.1:${await freePort()}`;
    const { code, out, error } = await cli(['status', '--wait', '--timeout', '1s', '--admin', admin]);
    expect([code, out]).toEqual([1, '']);
    expect(error).toMatch(/^no answer from .*; asking again\nweir: no answer from .*\n$/);
  });

  it('fails when there is nothing to wait for: success would be a guess', async () => {
    const { variables } = await scene({ candidate: undefined });
    expect(await cli(['status', '--wait'], variables)).toMatchObject({
      code: 1,
      error: expect.stringContaining('nothing is under way to wait for; --candidate VERSION') as string,
    });
    expect((await cli(['status', '--wait', '--candidate', 'v1'], variables)).code).toBe(0);
  });

  it('fails when the candidate is replaced by another', async () => {
    const { weir, candidate, variables } = await scene({ weight: '50%' });
    const waiting = startCli(['status', '--wait'], variables);
    await eventually(() => expect(waiting.error()).toContain('shifting: v2'));
    await weir.change('POST', '/v1/rollout', { version: 'v3', url: candidate.url });
    expect(await waiting.ended).toMatchObject({ code: 1 });
    expect(waiting.error()).toContain('v2 is no longer the candidate: v3 gets');
  });

  it('is told that its version was taken out before another one was sent: 3, and what for', async () => {
    const { weir, candidate, variables } = await scene({ weight: '50%' });
    await weir.change('POST', '/v1/rollback', { reason: 'too slow' });
    await weir.change('POST', '/v1/rollout', { version: 'v3', url: candidate.url });
    const { code, error } = await cli(['status', '--wait', '--candidate', 'v2'], variables);
    expect([code, error.split('\n').at(-2)]).toEqual([3, 'v2 was taken out: too slow']);
  });

  it('is told at once that nobody knows its version yet, and which it may have meant', async () => {
    const { variables } = await scene({ weight: '50%' });
    const { code, error } = await cli(['status', '--wait', '--candidate', 'v2x', '--timeout', '1s'], variables);
    expect(code).toBe(4);
    expect(error).toContain('v2x is not known yet (v1, v2 are) and is waited for; did you mean v2?\n');
  });

  it('as JSON gets one document, the state at the end', async () => {
    const { variables } = await scene({ weight: '50%' });
    const { out } = await cli(['status', '--wait', '--timeout', '1s', '-o', 'json'], variables);
    expect(JSON.parse(out)).toMatchObject({ phase: 'shifting' });
  });
});

describe('weir status --watch into a pipe', () => {
  it('prints a card for each change, and says when the connection is lost and back', async () => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
    const port = await freePort();
    const listen = { admin: `127.0.0.1:${port}` };
    const settings = { stable: stable.url, candidate: candidate.url, weight: '50%', listen };
    const first = await startProgram(settings);
    const watching = startCli(['status', '--watch', '--admin', `127.0.0.1:${port}`]);
    const cards = () => watching.out().match(/^shop {2}/gm)?.length ?? 0;
    await eventually(() => expect(cards()).toBe(1));
    await ask(first.traffic);
    await first.change('PUT', '/v1/weights', { candidate: 20 });
    await eventually(() => expect(watching.out()).toContain('v2 gets 20 %'));
    expect(cards()).toBe(2);
    first.kill('SIGKILL');
    await eventually(() => expect(watching.error()).toMatch(/^CONNECTION LOST \(.*\)\n$/));
    await startProgram(settings);
    await eventually(() => expect(watching.error()).toMatch(/\nthe connection is back, after [\d.]+ m?s\n$/));
    watching.interrupt();
    expect((await watching.ended).code).toBe(0);
  });
});
