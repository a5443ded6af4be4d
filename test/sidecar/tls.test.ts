import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join, resolve } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { slowClock } from './ahead.ts';
import { ask, askMany } from './client.ts';
import { eventually } from './eventually.ts';
import { temporaryDirectory } from './settings.ts';
import { listen, startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const fixture = (name: string) => resolve(import.meta.dirname, '../fixtures/tls', name);
const KEYS = { key: readFileSync(fixture('upstream.key')), cert: readFileSync(fixture('upstream.pem')) };
const CA = fixture('ca.pem');

async function startTlsUpstream(answer: RequestListener): Promise<{ port: number; connections: () => number }> {
  const server = createTlsServer(KEYS, answer);
  let connections = 0;
  server.on('secureConnection', () => connections++);
  onTestFinished(() => close(server));
  return { port: await listen(server, 0), connections: () => connections };
}

function close(server: Pick<Server, 'close' | 'closeAllConnections'>): void {
  server.close();
  server.closeAllConnections();
}

const named: RequestListener = (request, response) => {
  request.resume();
  response.end(request.headers.host);
};

describe('an upstream that speaks TLS', () => {
  it('may be addressed by an IP address that its certificate bears', async () => {
    const warnings: string[] = [];
    const warned = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', warned);
    onTestFinished(() => void process.off('warning', warned));
    const upstream = await startTlsUpstream(named);
    const weir = await startWeir({ stable: `https://127.0.0.1:${upstream.port}`, trust: { ca: CA } });
    expect((await ask(weir.traffic)).status).toBe(200);
    expect(warnings).toEqual([]);
  });

  it('is believed by the authority that the configuration names, and its connections are used again', async () => {
    const upstream = await startTlsUpstream(named);
    const weir = await startWeir({ stable: `https://localhost:${upstream.port}`, trust: { ca: CA } }, slowClock);
    const answers = await askMany(weir.traffic, 40, 4);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(upstream.connections()).toBeLessThanOrEqual(4);
  });

  it('may bear another name than its URL, when the configuration says which', async () => {
    const upstream = await startTlsUpstream(named);
    const trust = { ca: CA, serverName: 'upstream.test' };
    const weir = await startWeir({ stable: `https://127.0.0.1:${upstream.port}`, trust });
    expect((await ask(weir.traffic)).status).toBe(200);
  });

  it.each([
    ['whose authority nobody knows', {}],
    ['that bears another name', { ca: CA, serverName: 'else.test' }],
  ])('%s is refused: 502, and not a byte of a request is sent', async (_name, trust) => {
    let requests = 0;
    const upstream = await startTlsUpstream((_request, response) => {
      requests++;
      response.end();
    });
    const weir = await startWeir({ stable: `https://localhost:${upstream.port}`, trust });
    const answer = await ask(weir.traffic, { method: 'POST', body: 'secret' });
    expect([answer.status, answer.headers['x-weir-error']]).toEqual([502, 'upstream-refused']);
    expect(await weir.metric('weir_request_failures_total', { upstream: 'stable', reason: 'refused' })).toBe(1);
    expect(requests).toBe(0);
  });

  it('that speaks none after all is refused too', async () => {
    const plain = await startUpstream('plain');
    const weir = await startWeir({ stable: plain.url.replace('http:', 'https:'), trust: { ca: CA } });
    expect((await ask(weir.traffic)).status).toBe(502);
    expect(await weir.metric('weir_request_failures_total', { upstream: 'stable', reason: 'refused' })).toBe(1);
  });

  it('passes bodies whole in both directions', async () => {
    const upstream = await startTlsUpstream((request, response) => void request.pipe(response));
    const weir = await startWeir({ stable: `https://localhost:${upstream.port}`, trust: { ca: CA } });
    const body = randomBytes(3_000_000);
    const answer = await fetch(weir.traffic, { method: 'POST', body });
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(sha256(body));
  });

  it('at one address as stable and as candidate is believed by each release’s own word', async () => {
    const upstream = await startTlsUpstream(named);
    const url = `https://localhost:${upstream.port}`;
    const weir = await startWeir({ stable: url, trust: { ca: CA } });
    const started = await weir.change('POST', '/v1/rollout', { version: 'v2', url, reason: 'no authority named' });
    expect(started.status).toBe(200);
    await weir.change('PUT', '/v1/weights', { candidate: 100 });
    expect((await ask(weir.traffic, { method: 'POST', body: 'x' })).status).toBe(502);
    await weir.change('POST', '/v1/rollback', { reason: 'as expected' });
    expect((await ask(weir.traffic)).status).toBe(200);
  });
});

describe('certificates that are not there', () => {
  /** A journal that remembers them in another place than the one in which they are. */
  async function remembered(url: string, gone: string): Promise<string> {
    const state = join(temporaryDirectory(), 'state');
    const first = await startWeir({ stable: url, trust: { ca: CA }, state });
    await first.stop();
    const journal = join(state, 'journal.jsonl');
    writeFileSync(journal, readFileSync(journal, 'utf8').replaceAll(JSON.stringify(CA), JSON.stringify(gone)));
    return state;
  }

  it('where the journal remembers them keep nothing from starting: the configuration knows where they are now', async () => {
    const upstream = await startTlsUpstream(named);
    const url = `https://localhost:${upstream.port}`;
    const state = await remembered(url, '/nowhere/ca.pem');
    const weir = await startWeir({ stable: url, trust: { ca: CA }, state });
    expect((await ask(weir.traffic)).status).toBe(200);
    expect(weir.lines.filter(({ message }) => message.startsWith('certificates cannot be read'))).toHaveLength(1);
  });

  it.each([
    ['that are nowhere', '/nowhere/ca.pem'],
    ['that are no file', '/dev/null'],
  ])('for a candidate, %s, take the candidate out and nothing else', async (_name, ca) => {
    const stable = await startUpstream('stable');
    const candidate = `https://localhost:${(await startTlsUpstream(named)).port}`;
    const state = join(temporaryDirectory(), 'state');
    const settings = { stable: stable.url, state, guards: { errors: '1%', p95: null } };
    const weir = await startWeir(settings);
    await weir.reload({ ...settings, candidate, weight: '50%', trust: { ca } });
    await eventually(async () => {
      expect((await askMany(weir.traffic, 10)).every(({ text }) => text === 'stable')).toBe(true);
      expect((await weir.status()).phase).toBe('rolled-back');
    });
  });

  it('are not those of the system: nobody is believed', async () => {
    const system = getCACertificates('default');
    setDefaultCACertificates([readFileSync(CA)]);
    onTestFinished(() => setDefaultCACertificates(system));
    const upstream = await startTlsUpstream(named);
    const stable = `https://localhost:${upstream.port}`;
    expect((await ask((await startWeir({ stable })).traffic)).status).toBe(200);
    for (const ca of ['/nowhere/ca.pem', '/dev/null']) {
      const weir = await startWeir({ stable, trust: { ca } });
      const answer = await ask(weir.traffic);
      expect([answer.status, answer.headers['x-weir-error']]).toEqual([502, 'upstream-refused']);
    }
  });
});

describe('an upstream at a socket’s path', () => {
  it('is asked like any other, by the name that the client said', async () => {
    const path = join(temporaryDirectory(), 'app.sock');
    const server = createServer(named);
    await new Promise<void>((done) => void server.listen(path, done));
    onTestFinished(() => close(server));
    const weir = await startWeir({ stable: `unix:${path}` });
    const answers = await askMany(weir.traffic, 20, 2);
    expect(answers.every(({ status, text }) => status === 200 && text.startsWith('127.0.0.1:'))).toBe(true);
  });

  it('that is not there is refused', async () => {
    const weir = await startWeir({ stable: `unix:${join(temporaryDirectory(), 'none.sock')}` });
    const answer = await ask(weir.traffic);
    expect([answer.status, answer.headers['x-weir-error']]).toEqual([502, 'upstream-refused']);
  });
});
