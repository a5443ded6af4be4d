import { createServer } from 'node:http';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { createTelemetry } from '../../src/tell/telemetry.ts';
import type { TelemetryParts } from '../../src/tell/telemetry.ts';
import { metricsOf } from './fixtures.ts';

function setUp(parts: Partial<TelemetryParts> = {}) {
  const reported: unknown[] = [];
  const telemetry = createTelemetry({
    metrics: metricsOf(),
    ready: () => ({ ready: true, reason: 'ready' }),
    report: (error) => reported.push(error),
    ...parts,
  });
  return { api: request(createServer(telemetry)), reported };
}

describe('the telemetry listener', () => {
  it('answers a scrape in the exposition format', async () => {
    const { api } = setUp();
    const answer = await api.get('/metrics?x=1').expect(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.text).toContain('\nweir_client_aborts_total 11\n');
  });

  it.each(['/livez', '/healthz'])('%s says that it turns', async (path) => {
    const { api } = setUp({ ready: () => ({ ready: false, reason: 'draining' }) });
    await api.get(path).expect(200, 'ok\n');
  });

  it('/readyz says why it is not ready', async () => {
    await setUp().api.get('/readyz').expect(200, 'ready\n');
    const { api } = setUp({ ready: () => ({ ready: false, reason: 'draining' }) });
    await api.get('/readyz').expect(503, 'draining\n');
  });

  it('answers HEAD with the headers of GET and no body', async () => {
    const { api } = setUp();
    const answer = await api.head('/livez').expect(200).expect('Content-Length', '3');
    expect(answer.text).toBeUndefined();
  });

  it.each(['/', '/metrics/', '/v1/status', '/livez%00'])('has nothing at %s', async (path) => {
    await setUp().api.get(path).expect(404);
  });

  it.each(['post', 'put', 'delete', 'options'] as const)('changes nothing: %s is refused', async (method) => {
    await setUp().api[method]('/metrics').expect(405).expect('Allow', 'GET, HEAD');
  });

  it('answers a failed scrape without saying why, and reports it', async () => {
    const error = new Error('secret');
    const { api, reported } = setUp({
      metrics: metricsOf({
        look: () => {
          throw error;
        },
      }),
    });
    await api.get('/metrics').expect(500, 'internal error\n');
    expect(reported).toEqual([error]);
  });

  it('reports a readiness that cannot be told, and is not ready', async () => {
    const { api, reported } = setUp({
      ready: () => {
        throw new Error('broken');
      },
    });
    await api.get('/readyz').expect(500);
    expect(reported).toHaveLength(1);
  });
});
