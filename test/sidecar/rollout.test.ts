import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/support/clock.ts';
import { clockAhead } from './ahead.ts';
import { ask, askMany } from './client.ts';
import { eventually } from './eventually.ts';
import type { Load } from './load.ts';
import { startLoad } from './load.ts';
import type { Settings } from './settings.ts';
import { temporaryDirectory } from './settings.ts';
import type { Upstream } from './upstream.ts';
import { freePort } from '../ports.ts';
import { failing, startUpstream } from './upstream.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';

const GUARDS = { window: '10s', errors: '5%', minRequests: 10 };
const QUICK_PLAN = [
  { weight: '5%', hold: '1s' },
  { weight: '25%', hold: '1s' },
  { weight: '100%', hold: '1s' },
];
const LONG_HOLD = '1h';

interface Scene {
  readonly stable: Upstream;
  readonly candidate: Upstream;
  readonly settings: Settings;
  readonly weir: Weir;
  readonly load: Load;
}

async function underLoad(more: object, clock?: Clock): Promise<Scene> {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const state = join(temporaryDirectory(), 'state');
  const settings: Settings = { stable: stable.url, candidate: candidate.url, guards: GUARDS, state, more };
  const weir = await startWeir(settings, clock);
  return { stable, candidate, settings, weir, load: startLoad(weir.traffic, { perSecond: 200 }) };
}

const step = async (weir: Weir, what: string, body: object = {}) => weir.change('POST', `/v1/rollout/${what}`, body);

async function expectRolledBack({ weir, candidate, load }: Scene): Promise<void> {
  await eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
  const status = await weir.status();
  expect(status).toMatchObject({
    stable: { version: 'v1' },
    candidate: { version: 'v2' },
    weights: { stable: 100, candidate: 0 },
    source: 'guard',
    verdict: { kind: 'unhealthy' },
  });
  await eventually(async () => expect((await weir.status()).rollback?.progress).toBe('verified'));
  const before = candidate.requests.length;
  const sent = load.answers.length;
  await eventually(() => expect(load.answers.length).toBeGreaterThan(sent + 50));
  expect(candidate.requests).toHaveLength(before);
}

describe('a plan of 5, 25 and 100 %', () => {
  it('runs to a promotion by itself, and when that has baked the candidate is stable', async () => {
    const more = { plan: QUICK_PLAN, promote: 'auto' };
    const { stable, candidate, weir, load, settings } = await underLoad({ ...more, rollout: { bake: LONG_HOLD } });
    await eventually(async () => expect((await weir.status()).phase).toBe('promoted'));
    const promoted = await weir.status();
    expect(promoted).toMatchObject({ stable: { version: 'v2' }, candidate: null, former: { version: 'v1' } });
    expect(promoted.weights).toEqual({ stable: 100, candidate: 0 });
    // Only now, so that it is not over before anybody has looked.
    await weir.reload({ ...settings, more: { ...more, rollout: { bake: '1s' } } });
    await eventually(async () => expect((await weir.status()).phase).toBe('idle'));
    expect(await weir.status()).toMatchObject({ stable: { version: 'v2' }, candidate: null });
    await load.stop();
    expect(load.failures).toEqual([]);
    const before = [stable.requests.length, candidate.requests.length];
    await askMany(weir.traffic, 20);
    expect([stable.requests.length, candidate.requests.length]).toEqual([before[0], before[1]! + 20]);
    const history = (await weir.history()).toReversed();
    expect(history.map(({ type, weights }) => [type, weights.after.candidate])).toEqual([
      ['declared', 5],
      ['advanced', 25],
      ['advanced', 100],
      ['promoted', 100],
      ['configured', 100],
      ['baked', 0],
    ]);
  });

  it('is taken out at its second step, and does not come back', async () => {
    const scene = await underLoad({
      plan: [QUICK_PLAN[0], { weight: '25%', hold: LONG_HOLD }, { weight: '100%', hold: '1s' }],
    });
    await eventually(async () => expect((await scene.weir.status()).plan.step).toBe(1));
    scene.candidate.answer = failing;
    await expectRolledBack(scene);
  });

  it('is taken out at a pause', async () => {
    const scene = await underLoad({ plan: [{ weight: '25%', hold: LONG_HOLD }] });
    expect((await step(scene.weir, 'pause', { reason: 'look' })).status).toBe(200);
    expect(await scene.weir.status()).toMatchObject({ phase: 'paused', source: 'operator' });
    scene.candidate.answer = failing;
    await expectRolledBack(scene);
  });

  it('is taken out while it waits for a person to advance or to promote', async () => {
    const scene = await underLoad({
      advance: 'manual',
      plan: [
        { weight: '25%', hold: '1s' },
        { weight: '50%', hold: '1s' },
      ],
    });
    await eventually(async () => expect((await scene.weir.status()).plan.waitingFor).toBe('a person: advance'));
    expect((await step(scene.weir, 'advance')).status).toBe(200);
    await eventually(async () => expect((await scene.weir.status()).plan.waitingFor).toBe('a person: promote'));
    scene.candidate.answer = failing;
    await expectRolledBack(scene);
  });

  it('is taken out at 100 %', async () => {
    const scene = await underLoad({ plan: [{ weight: '100%', hold: LONG_HOLD }] });
    await eventually(() => expect(scene.candidate.requests.length).toBeGreaterThan(10));
    scene.candidate.answer = failing;
    await expectRolledBack(scene);
  });

  it('is taken out while its promotion bakes, and the former stable serves again', async () => {
    const scene = await underLoad({ plan: [{ weight: '50%', hold: LONG_HOLD }], rollout: { bake: LONG_HOLD } });
    expect((await step(scene.weir, 'promote')).status).toBe(200);
    expect(await scene.weir.status()).toMatchObject({ phase: 'promoted', stable: { version: 'v2' } });
    await eventually(() => expect(scene.candidate.requests.length).toBeGreaterThan(50));
    scene.candidate.answer = failing;
    await expectRolledBack(scene);
  });

  it('resumes at its step after a restart', async () => {
    const { settings, weir, load } = await underLoad({
      plan: [
        { weight: '5%', hold: '1s' },
        { weight: '25%', hold: LONG_HOLD },
      ],
    });
    await eventually(async () => expect((await weir.status()).plan.step).toBe(1));
    await load.stop();
    await weir.stop();
    const again = await startWeir(settings);
    expect(await again.status()).toMatchObject({ phase: 'shifting', weights: { candidate: 25 }, plan: { step: 1 } });
  });
});

describe('a rollback', () => {
  it('is one transaction from detection to proof, and waits for what was under way', async () => {
    const scene = await underLoad({ plan: [{ weight: '50%', hold: LONG_HOLD }] });
    const held: Parameters<RequestListener>[1][] = [];
    let count = 0;
    scene.candidate.answer = (request, response) => {
      if (count++ === 0) held.push(response);
      else failing(request, response);
    };
    await eventually(async () => expect((await scene.weir.status()).rollback?.progress).toBe('split-published'));
    held[0]!.end('late');
    await expectRolledBack(scene);
    const { rollback } = await scene.weir.status();
    const steps = (await scene.weir.history()).filter(({ transactionId }) => transactionId === rollback!.transactionId);
    expect(steps.toReversed().map(({ progress }) => progress)).toEqual([
      'detected',
      'split-published',
      'in-flight-drained',
      'verified',
    ]);
  });
});

describe('the breaker', () => {
  it('freezes after three rollbacks, refuses the fourth start, survives a restart, and is lifted by a person', async () => {
    const scene = await underLoad({ plan: [{ weight: '50%', hold: LONG_HOLD }] });
    const { weir, settings, candidate, load } = scene;
    candidate.answer = failing;
    for (const version of ['v3', 'v4', 'v5']) {
      await eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
      if (version === 'v5') break;
      const started = await weir.change('POST', '/v1/rollout', { version, url: candidate.url });
      expect(started.status).toBe(200);
    }
    await load.stop();
    expect((await weir.status()).automation).toMatchObject({ enabled: false, frozen: true });
    expect(await weir.metric('weir_breaker_frozen')).toBe(1);
    const refused = await weir.change('POST', '/v1/rollout', { version: 'v6', url: candidate.url });
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('3 automatic rollbacks within 1 h')]);
    await weir.stop();
    expect(weir.lines.filter(({ level, message }) => level === 'error' && message.includes('frozen'))).toHaveLength(1);

    const again = await startWeir(settings);
    expect((await again.status()).automation.frozen).toBe(true);
    expect((await again.change('POST', '/v1/rollout', { version: 'v6', url: candidate.url })).status).toBe(409);
    expect((await again.change('PUT', '/v1/weights', { candidate: 0 })).status).toBe(200);
    const lifted = await again.change('POST', '/v1/automation', { enabled: true, reason: 'mended' });
    expect(JSON.parse(lifted.text)).toMatchObject({ automation: { enabled: true, frozen: false } });
    expect((await again.change('POST', '/v1/rollout', { version: 'v6', url: candidate.url })).status).toBe(200);
  });
});

describe('blue-green', () => {
  it('switches everything after a health check, returns by itself, and knows no one that is not healthy', async () => {
    const [blue, green] = [await startUpstream('blue'), await startUpstream('green')];
    const weir = await startWeir({ stable: blue.url, guards: GUARDS, more: { rollout: { bake: LONG_HOLD } } });
    expect((await weir.change('POST', '/v1/switch', { version: 'v2' })).status).toBe(404);
    await weir.change('POST', '/v1/releases', { version: 'v2', url: green.url });
    await weir.change('POST', '/v1/releases', { version: 'dead', url: `http://127.0.0.1:${await freePort()}` });
    const refused = await weir.change('POST', '/v1/switch', { version: 'dead' });
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('ECONNREFUSED')]);

    expect((await weir.change('POST', '/v1/switch', { version: 'v2' })).status).toBe(200);
    expect((await ask(weir.traffic)).text).toBe('green');
    expect((await weir.change('POST', '/v1/switch', { version: 'v1' })).status).toBe(200);
    expect((await ask(weir.traffic)).text).toBe('blue');
    await weir.change('POST', '/v1/switch', { version: 'v2' });
    green.answer = failing;
    const answers = await askMany(weir.traffic, 40);
    // What failed was replayed on the old side, within the shield's budget.
    expect(answers.some(({ text }) => text === 'blue')).toBe(true);
    await eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
    expect((await ask(weir.traffic)).text).toBe('blue');
  });
});

describe('probes', () => {
  // The passes that start a candidate leave those failures among the last five that would take it out.
  const probe = { path: '/healthz', every: '100ms', timeout: '1m', failures: 3, of: 5, passes: 2 };
  const unwell: RequestListener = (request, response) => {
    response.writeHead(request.url === '/healthz' ? 503 : 200).end();
  };

  it('keep a declared candidate at 0 % until it is well, and take it out when it is not any more', async () => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate', unwell)];
    const weir = await startWeir({
      stable: stable.url,
      candidate: candidate.url,
      weight: '50%',
      guards: GUARDS,
      more: { probe },
    });
    await eventually(async () => expect((await weir.status()).probe.candidate?.up).toBe(false));
    expect(await weir.status()).toMatchObject({ phase: 'idle', weights: { candidate: 0 } });
    expect(await weir.metric('weir_probe_up', { upstream: 'candidate' })).toBe(0);
    candidate.answer = (_request, response) => void response.end('candidate');
    await eventually(async () => expect((await weir.status()).weights.candidate).toBe(50));
    // What it failed while it waited is forgotten: it is taken out for what it fails from here on.
    candidate.answer = unwell;
    await eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
    const status = await weir.status();
    expect(status.reason).toMatch(/^candidate probe failures 3 > 2 \(of the last \d; last: 503 /);
    await eventually(async () => expect(await weir.metric('weir_rollbacks_total', { reason: 'probe' })).toBe(1));
    const started = await weir.change('POST', '/v1/rollout', { version: 'v3', url: candidate.url });
    expect([started.status, started.text]).toEqual([409, expect.stringContaining('GET /healthz: 503')]);
    const forced = await weir.change('POST', '/v1/rollout', {
      version: 'v3',
      url: candidate.url,
      force: true,
      reason: 'r',
    });
    expect([forced.status, forced.text]).toEqual([409, expect.stringContaining('force-not-allowed')]);
  });

  it('of stable that fail are told, and move nothing towards the candidate', async () => {
    const [stable, candidate] = [await startUpstream('stable', unwell), await startUpstream('candidate')];
    const plan = [
      { weight: '10%', hold: '200ms' },
      { weight: '100%', hold: '1s' },
    ];
    const weir = await startWeir({
      stable: stable.url,
      candidate: candidate.url,
      guards: GUARDS,
      more: { probe, plan },
    });
    await eventually(() =>
      expect(weir.lines.some(({ message }) => message.startsWith('the probe of stable v1 fails'))).toBe(true),
    );
    const status = await weir.status();
    expect(status.weights.candidate).toBeLessThanOrEqual(10);
    expect(status.plan.waitingFor).toContain('a passing probe of stable');
  });
});

describe('a gate', () => {
  it('holds the plan until it opens', async () => {
    const gate = await startUpstream('gate', (_request, response) => void response.writeHead(403).end());
    const plan = [
      { weight: '10%', hold: '100ms' },
      { weight: '50%', hold: LONG_HOLD, gate: { url: `${gate.url}/step` } },
    ];
    const clock = clockAhead();
    const { weir } = await underLoad({ plan }, clock);
    await eventually(async () => expect((await weir.status()).plan.waitingFor).toContain('which said: 403'));
    // The plan asks again after a while; not before a person has.
    clock.stop();
    const refused = await step(weir, 'advance');
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('gate-closed')]);
    gate.answer = (_request, response) => void response.end();
    expect((await step(weir, 'advance')).status).toBe(200);
    expect(await weir.status()).toMatchObject({ weights: { candidate: 50 }, plan: { step: 1 } });
  });
});
