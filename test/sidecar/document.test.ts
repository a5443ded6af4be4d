import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ANSWERS, ProblemSchema } from '../../src/admin/openapi/answers.ts';
import { EventSchema } from '../../src/admin/openapi/event.ts';
import { StatusSchema } from '../../src/admin/openapi/status.ts';
import { PROBLEMS } from '../../src/admin/problems.ts';
import { ROUTES } from '../../src/admin/routes.ts';
import { listenTo } from '../admin/event-stream.ts';
import { ask } from './client.ts';
import type { DocumentedClient } from './documented.ts';
import { startDocumentedClient } from './documented.ts';
import { eventually } from './eventually.ts';
import { startLoad } from './load.ts';
import { temporaryDirectory } from './settings.ts';
import { failing, startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const PLAN = [
  { weight: 5, hold: '1h' },
  { weight: 50, hold: '1h' },
];

async function expectPhase(client: DocumentedClient, phase: string): Promise<void> {
  await eventually(async () => expect((await client.ask('GET', '/v1/status')).body).toMatchObject({ phase }));
  await client.ask('GET', '/v1/history?limit=1000');
  await client.ask('GET', '/v1/releases');
}

describe('the document of a running sidecar', () => {
  it('is kept by every answer, from the start of a rollout to its end and through every phase', async () => {
    const [stable, next] = [await startUpstream('stable'), await startUpstream('next')];
    const weir = await startWeir({
      stable: stable.url,
      guards: { window: '10s', errors: '5%', p95: '10s' },
      more: { probe: { path: '/healthz', every: '100ms', timeout: '1m' }, rollout: { allowForce: true } },
    });
    const client = await startDocumentedClient(weir);
    const change = async (path: string, body: object = {}) => {
      const { status } = await client.ask('POST', path, { body });
      expect({ path, status }).toEqual({ path, status: 200 });
    };
    await expectPhase(client, 'idle');
    await change('/v1/rollout', { version: 'v2', url: next.url, commit: 'abc', plan: PLAN, reason: 'try' });
    await expectPhase(client, 'shifting');
    await change('/v1/rollout/pause');
    await expectPhase(client, 'paused');
    await change('/v1/rollout/resume');
    await change('/v1/rollout/advance', { force: true, reason: 'now' });
    expect((await client.ask('PUT', '/v1/weights', { body: { v2: 60, v1: 40 } })).status).toBe(200);
    await change('/v1/rollout/promote', { force: true, reason: 'now' });
    await expectPhase(client, 'promoted');
    await change('/v1/rollback', { reason: 'no' });
    await expectPhase(client, 'rolled-back');
    await change('/v1/releases', { version: 'v3', url: next.url });
    await change('/v1/switch', { version: 'v3', force: true, reason: 'blue' });
    await expectPhase(client, 'promoted');
    await change('/v1/automation', { enabled: false, reason: 'night' });
    await client.ask('GET', '/v1/whoami');
    await client.ask('GET', '/openapi.json');
    await client.ask('GET', '/problems');
    await client.ask('GET', '/problems/unhealthy');
    const answeredOnce = ROUTES.filter(({ answer }) => !('contentType' in ANSWERS[answer]));
    expect([...client.operations].toSorted()).toEqual(answeredOnce.map(({ operation }) => operation).toSorted());

    // A stream never ends; its messages are the same documents.
    const { messages } = await listenTo(`http://127.0.0.1:${weir.ports.admin}/v1/events`, { 'last-event-id': '1' });
    const contentsOf = (name: string) => messages().flatMap(({ event, content }) => (event === name ? [content] : []));
    await eventually(() => expect(contentsOf('rollout').length * contentsOf('status').length).toBeGreaterThan(0));
    for (const event of contentsOf('rollout')) expect(EventSchema.parse(event)).toEqual(event);
    for (const status of contentsOf('status')) expect(StatusSchema.parse(status)).toEqual(status);
  });

  it('is kept when a guard takes the candidate out: reasons, trace ids, evidence and the frozen breaker', async () => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate', failing)];
    const weir = await startWeir({
      stable: stable.url,
      candidate: candidate.url,
      weight: '50%',
      guards: { window: '10s', errors: '5%', p95: '10s', worseThanStable: 1.5 },
      more: { breaker: { rollbacks: 1, within: '1h' } },
    });
    const client = await startDocumentedClient(weir);
    startLoad(weir.traffic, { perSecond: 200 });
    await expectPhase(client, 'rolled-back');
    await client.ask('POST', '/v1/rollout', { body: { version: 'v3', url: candidate.url } });
    await eventually(async () =>
      expect((await client.ask('GET', '/v1/status')).body).toMatchObject({
        candidate: { version: 'v3' },
        rollback: { progress: 'verified' },
        verdict: { kind: 'unhealthy' },
        automation: { frozen: true },
      }),
    );
    const { body } = await client.ask('GET', '/v1/history');
    expect(JSON.stringify(body)).toContain('"evidence"');
    const { status } = await client.ask('POST', '/v1/rollout', { body: { version: 'v4', url: stable.url } });
    expect([status, [...client.codes]]).toEqual([409, ['automation-frozen']]);
  });

  it('is kept by every refusal', async () => {
    const [stable, sick] = [await startUpstream('stable'), await startUpstream('sick', failing)];
    const weir = await startWeir({
      stable: stable.url,
      more: { probe: { path: '/healthz', every: '100ms', timeout: '1m' } },
    });
    const client = await startDocumentedClient(weir);
    const refused = async (
      code: string,
      method: string,
      path: string,
      asked: Parameters<typeof client.ask>[2] = {},
    ) => {
      const { body } = await client.ask(method, path, asked);
      expect(body).toMatchObject({ code });
    };
    await refused('malformed-json', 'POST', '/v1/rollback', { body: '{' });
    await refused('malformed-if-match', 'POST', '/v1/rollback', { headers: { 'if-match': '5' } });
    await refused('invalid-query', 'GET', '/v1/history?limit=0');
    await refused('host-not-allowed', 'GET', '/v1/status', { headers: { host: 'rebound.example' } });
    await refused('origin-not-allowed', 'POST', '/v1/rollback', { headers: { origin: 'https://elsewhere.example' } });
    await refused('not-found', 'GET', '/problems/nonsense');
    await refused('unknown-version', 'POST', '/v1/switch', { body: { version: 'v9' } });
    await refused('no-candidate', 'POST', '/v1/rollback');
    await refused('wrong-phase', 'POST', '/v1/rollout/resume');
    await refused('unhealthy', 'POST', '/v1/rollout', { body: { version: 'v2', url: sick.url } });
    await refused('force-not-allowed', 'POST', '/v1/rollout/pause', { body: { force: true, reason: 'now' } });
    await refused('version-conflict', 'POST', '/v1/releases', { body: { version: 'v1', url: sick.url } });
    await refused('revision-mismatch', 'POST', '/v1/rollback', { headers: { 'if-match': '"999"' } });
    await refused('body-too-large', 'PUT', '/v1/weights', { body: ' '.repeat(70_000) });
    await refused('unsupported-media-type', 'PUT', '/v1/weights', { headers: { 'content-type': 'text/plain' } });
    await refused('invalid-body', 'PUT', '/v1/weights', { body: { candidate: 'much' } });
    await refused('invalid-weights', 'PUT', '/v1/weights', { body: { stable: 50, v1: 50 } });

    const { admin } = weir.ports;
    for (const [method, path, code] of [
      ['DELETE', '/v1/status', 'method-not-allowed'],
      ['GET', '/v1/nothing', 'not-found'],
    ] as const) {
      const { status, text } = await ask(`http://127.0.0.1:${admin}${path}`, { method });
      expect(ProblemSchema.parse(JSON.parse(text))).toMatchObject({ code, ...PROBLEMS[code] });
      expect(status).toBe(PROBLEMS[code].status);
    }
  });

  it('is kept while the journal cannot be written', async () => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
    const state = join(temporaryDirectory(), 'state');
    writeFileSync(state, 'in its place');
    const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '20%', state });
    const client = await startDocumentedClient(weir);
    expect((await client.ask('GET', '/v1/status')).body).toMatchObject({
      recording: { writable: false },
      rolloutWeights: { candidate: 20 },
    });
    await client.ask('PUT', '/v1/weights', { body: { candidate: 50 } });
    expect([...client.codes]).toEqual(['state-not-writable']);
  });
});
