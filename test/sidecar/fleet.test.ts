import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../support-programs.ts';
import { ask } from './client.ts';
import { eventually } from './eventually.ts';
import { memberSettings, redisFor, startMember } from './fleet-of.ts';
import { listenTo } from '../admin/event-stream.ts';
import { startLoad } from './load.ts';
import type { Settings } from './settings.ts';
import { temporaryDirectory } from './settings.ts';
import { failing, startUpstream } from './upstream.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';

const GUARDS = { window: '20s', errors: '5%', falseRollback: '1h' };
const NAMES = ['a', 'b', 'c'] as const;

async function startThree(changes: Partial<Settings> = {}) {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const server = await redisFor();
  const settings: Settings = {
    stable: stable.url,
    candidate: candidate.url,
    weight: '10%',
    guards: GUARDS,
    ...changes,
  };
  const members: Weir[] = [];
  const state = temporaryDirectory();
  const settingsOf = (name: string): Settings => ({ ...settings, state: join(state, name) });
  for (const name of NAMES) members.push(await startMember(settingsOf(name), server.port, name));
  return { candidate, server, settingsOf, members };
}

const all = <T>(members: readonly Weir[], read: (weir: Weir) => Promise<T>) => Promise.all(members.map(read));
const weights = (members: readonly Weir[]) => all(members, async (weir) => (await weir.status()).weights.candidate);

/** Where all have the candidate at this weight, and all may raise it. */
async function agreed(members: readonly Weir[], weight: number): Promise<void> {
  await eventually(async () => expect(await weights(members)).toEqual(members.map(() => weight)));
  await eventually(async () => {
    expect(await all(members, async (weir) => (await weir.status()).fleet?.obstacle)).toEqual(members.map(() => null));
  });
}

const codeOf = ({ status, text }: { readonly status: number; readonly text: string }) =>
  `${status} ${(JSON.parse(text) as { code?: string }).code}`;

describeWith('redis-server', 'apt-get install redis-server', 'three sidecars on one store', () => {
  it('have one weight, whichever of them is told', async () => {
    const { members } = await startThree();
    await agreed(members, 10);
    for (const [told, weight] of [20, 30, 5].entries()) {
      const { status } = await members[told]!.change('PUT', '/v1/weights', { candidate: weight });
      expect(status).toBe(200);
      await eventually(async () => expect(await weights(members)).toEqual([weight, weight, weight]));
    }
  });

  it('know of each other, and show it in status, in metrics and on the page', async () => {
    const { members } = await startThree();
    await agreed(members, 10);
    await eventually(async () => {
      for (const [at, weir] of members.entries()) {
        const { fleet } = await weir.status();
        expect(fleet).toMatchObject({ member: NAMES[at], connected: true, size: 3, withdrawn: 0, pending: 0 });
        expect(fleet!.members.map(({ member }) => member)).toEqual([...NAMES]);
        expect(fleet!.version).toEqual(fleet!.storeVersion);
        expect(await weir.metric('weir_fleet_members')).toBe(3);
        expect(await weir.metric('weir_fleet_connected')).toBe(1);
        expect(await weir.metric('weir_fleet_document_version')).toBe(fleet!.version.seq);
        expect(await weir.metric('weir_fleet_withdrawn')).toBe(0);
      }
    });
  });

  it('show the requests and the P95 of all at each of them', async () => {
    const { members } = await startThree({ weight: '50%' });
    await agreed(members, 50);
    startLoad(members[0]!.traffic, { perSecond: 100 });
    await eventually(async () => {
      const [, idle] = await all(members, (weir) => weir.status());
      expect(idle!.window.candidate).toMatchObject({ requests: 0, p95Ms: null });
      for (const side of ['stable', 'candidate'] as const) {
        const { requests, p95Ms } = idle!.fleet!.window![side];
        expect(requests).toBeGreaterThan(0);
        expect(p95Ms).toBeGreaterThan(0);
      }
    });
  });

  it('reset together, and once, when the candidate fails at all of them', async () => {
    const { members, candidate } = await startThree({ weight: '50%' });
    await agreed(members, 50);
    const loads = members.map(({ traffic }) => startLoad(traffic, { perSecond: 10 }));
    candidate.answer = failing;
    await eventually(async () => expect(await weights(members)).toEqual([0, 0, 0]));
    await Promise.all(loads.map((load) => load.stop()));
    await eventually(async () => {
      for (const events of await all(members, (weir) => weir.history())) {
        expect(events.filter(({ type }) => type === 'rolled-back')).toHaveLength(1);
        expect(events.at(0)?.progress).toBe('verified');
      }
    });
  });

  it('count a rollback once among them, over restarts too, and all know when it was', async () => {
    const { members, server, settingsOf } = await startThree();
    await agreed(members, 10);
    await members[1]!.change('POST', '/v1/rollback', { reason: 'seen' });
    await eventually(async () => expect(await weights(members)).toEqual([0, 0, 0]));
    const counts = () => all(members, (weir) => weir.metric('weir_rollbacks_total'));
    const times = () => all(members, (weir) => weir.metric('weir_last_rollback_timestamp_seconds'));
    await eventually(async () => expect(new Set(await times()).size).toBe(1));
    expect(await counts()).toEqual([0, 1, 0]);
    const [atS] = await times();
    expect(atS).toBeGreaterThan(0);
    for (const [at, name] of NAMES.entries()) {
      await members[at]!.stop();
      members[at] = await startMember(settingsOf(name), server.port, name);
    }
    await agreed(members, 0);
    expect(await counts()).toEqual([0, 1, 0]);
    expect(await times()).toEqual([atS, atS, atS]);
  });

  it('leave alone the one whose own path to the candidate is broken', async () => {
    const { members, candidate } = await startThree({ weight: '50%' });
    await agreed(members, 50);
    candidate.answer = (request, response) =>
      request.url === '/broken' ? failing(request, response) : void response.end('candidate');
    const [a, b, c] = members as [Weir, Weir, Weir];
    const loads = [a.traffic, b.traffic, `${c.traffic}broken`].map((url) => startLoad(url, { perSecond: 20 }));
    await eventually(async () => {
      expect((await c.status()).fleet?.withdrawnHere).toContain('candidate failures');
      expect(await weights(members)).toEqual([50, 50, 0]);
      expect((await a.status()).fleet).toMatchObject({ withdrawn: 1, withdrawnHere: null });
      expect(await c.metric('weir_fleet_withdrawn')).toBe(1);
    });
    await Promise.all(loads.map((load) => load.stop()));
    expect((await a.status()).phase).toBe('shifting');
    await eventually(async () => {
      expect((await a.status()).fleet?.members[0]).toMatchObject({ member: 'c', withdrawn: true });
    });
  });

  it('may fall and not rise while the store is away, and agree on the fall when it is back', async () => {
    const { members, server } = await startThree({ weight: '20%' });
    await agreed(members, 20);
    const [a, b] = members as [Weir, Weir, Weir];
    await server.stop();
    await eventually(async () => {
      for (const weir of members) expect((await weir.status()).fleet).toMatchObject({ connected: false });
    });
    expect(await a.metric('weir_fleet_connected')).toBe(0);
    expect(await a.readyz()).toBe(200);
    expect(codeOf(await a.change('PUT', '/v1/weights', { candidate: 30 }))).toBe('503 store-unavailable');
    expect((await ask(a.traffic)).status).toBe(200);

    const { status } = await a.change('POST', '/v1/rollback', { reason: 'it is night' });
    expect(status).toBe(200);
    expect((await a.status()).fleet?.pending).toBeGreaterThan(0);
    expect(await weights(members)).toEqual([0, 20, 20]);

    const local = { reason: 'here too', local: true };
    expect((await b.change('POST', '/v1/rollback', local)).status).toBe(200);
    expect(await weights(members)).toEqual([0, 0, 20]);
    expect((await b.status()).fleet?.withdrawnHere).toContain('here too');

    await redisFor([], { port: server.port });
    await eventually(async () => {
      for (const weir of members) expect((await weir.status()).phase).toBe('rolled-back');
    });
    await eventually(async () => expect((await a.status()).fleet).toMatchObject({ connected: true, pending: 0 }));
  });

  it('each lower alone what is asked of them alone, and nothing else', async () => {
    const { members } = await startThree();
    await agreed(members, 10);
    const [a] = members as [Weir, Weir, Weir];
    const put = (candidate: number) => a.change('PUT', '/v1/weights', { candidate, local: true, reason: 'alone' });
    expect(codeOf(await put(5))).toBe('422 invalid-weights');
    expect(codeOf(await put(50))).toBe('422 invalid-weights');
    const to = await a.change('POST', '/v1/rollback', { to: 'v1', local: true });
    expect(codeOf(to)).toBe('422 invalid-body');
    expect(await weights(members)).toEqual([10, 10, 10]);
    expect((await put(0)).status).toBe(200);
    expect(await weights(members)).toEqual([0, 10, 10]);
    expect((await a.status()).rolloutWeights).toMatchObject({ candidate: 10 });
  });

  it('are not brought back to yesterday by a member that starts with a file of yesterday', async () => {
    const { members, settingsOf, server } = await startThree({ weight: '20%' });
    await agreed(members, 20);
    await members[0]!.reload(memberSettings({ ...settingsOf('a'), weight: '40%' }, server.port, 'a'));
    await agreed(members, 40);
    const late = await startMember(settingsOf('late'), server.port, 'late');
    await agreed([...members, late], 40);
    expect(late.lines.map(({ message }) => message).join()).toContain('the fleet has gone on from');
  });

  it('give each event an id that a client may go on from at another of them', async () => {
    const { members } = await startThree();
    await agreed(members, 10);
    const [a, b] = members as [Weir, Weir, Weir];
    const events = ({ ports }: Weir) => `http://127.0.0.1:${ports.admin}/v1/events?only=rollout`;
    const first = await listenTo(events(a));
    await a.change('PUT', '/v1/weights', { candidate: 7 });
    await eventually(() => expect(first.ids()).toHaveLength(1));
    first.response.destroy();
    await eventually(async () => expect(await weights(members)).toEqual([7, 7, 7]));
    await b.change('PUT', '/v1/weights', { candidate: 6 });
    await a.change('POST', '/v1/rollback', { reason: 'seen' });
    await eventually(async () => expect((await b.history())[0]?.progress).toBe('verified'));
    const second = await listenTo(events(b), { 'last-event-id': first.ids()[0]! });
    await eventually(() => {
      const types = second.messages().map(({ event, content }) => (content as { type?: string }).type ?? event);
      expect(types.slice(0, 2)).toEqual(['weights-set', 'rolled-back']);
      expect(types).not.toContain('gap');
    });
  });
});

describeWith('redis-server', 'apt-get install redis-server', 'a store with a password', () => {
  it('is entered with what the file says when a connection is made', async () => {
    const server = await redisFor();
    await server.command('config', 'set', 'requirepass', 'first');
    const passwordFile = join(temporaryDirectory(), 'password');
    writeFileSync(passwordFile, 'first\n');
    const stable = await startUpstream('stable');
    const weir = await startMember({ stable: stable.url }, server.port, 'a', { passwordFile });
    const isConnected = async (): Promise<boolean | undefined> => (await weir.status()).fleet?.connected;
    await eventually(async () => expect(await isConnected()).toBe(true));
    await server.command('auth', 'first');
    await server.command('config', 'set', 'requirepass', 'second');
    await server.command('client', 'kill', 'type', 'normal', 'skipme', 'yes');
    await server.command('client', 'kill', 'type', 'pubsub');
    await eventually(async () => expect(await isConnected()).toBe(false));
    writeFileSync(passwordFile, 'second\n');
    await eventually(async () => expect(await isConnected()).toBe(true));
    expect(JSON.stringify(weir.lines)).not.toContain('second');
  });
});

it('a sidecar without a fleet says so, and refuses what makes no sense alone', async () => {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '10%' });
  expect((await weir.status()).fleet).toBeNull();
  expect(await weir.metric('weir_fleet_connected')).toBeUndefined();
  expect(codeOf(await weir.change('POST', '/v1/rollback', { local: true }))).toBe('409 no-fleet');
  expect((await weir.status()).weights.candidate).toBe(10);
});

it('a sidecar whose store has never answered serves stable, and says that it is alone', async () => {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const settings = { stable: stable.url, candidate: candidate.url, weight: '10%' };
  const weir = await startMember(settings, 1, 'a');
  expect(await weir.readyz()).toBe(200);
  expect((await ask(weir.traffic)).text).toBe('stable');
  await eventually(async () => {
    const { weights: inForce, fleet } = await weir.status();
    expect(inForce.candidate).toBe(0);
    expect(fleet).toMatchObject({ connected: false, syncAgeMs: null });
    expect(fleet?.obstacle).toContain('does not answer');
  });
});
