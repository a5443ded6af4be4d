import { describe, expect, it } from 'vitest';
import { ask, connectRaw } from './client.ts';
import { eventually } from './eventually.ts';
import { startStuckListener } from './stuck-listener.ts';
import { freePort } from '../ports.ts';
import { silent, startRawUpstream, startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe('an upstream that is down', () => {
  it('costs nothing but its own requests: Weir starts, answers 502, stays ready, and finds it when it is up', async () => {
    const port = await freePort();
    const weir = await startWeir({ stable: `http://127.0.0.1:${port}` });
    expect(await weir.readyz()).toBe(200);
    const answer = await ask(weir.traffic);
    expect(answer.status).toBe(502);
    expect(answer.headers['x-weir-error']).toContain('refused');
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: answer.headers['x-weir-error'] } });
    expect(await weir.metric('weir_request_failures_total', { upstream: 'stable', reason: 'refused' })).toBe(1);
    expect(await weir.readyz()).toBe(200);
    await startUpstream('stable', undefined, port);
    expect((await ask(weir.traffic)).text).toBe('stable');
  });

  it('is told from one whose name does not exist', async () => {
    const weir = await startWeir({ stable: 'http://nowhere.invalid:80' });
    const answer = await ask(weir.traffic);
    expect(answer.status).toBe(502);
    expect(answer.headers['x-weir-error']).toContain('unresolved');
    expect(await weir.metric('weir_request_failures_total', { reason: 'unresolved' })).toBe(1);
  });
});

describe('an upstream that dies before its answer', () => {
  it.each([
    ['reset', 'nothing at all', ''],
    ['reset', 'half a head', 'HTTP/1.1 200 OK\r\nX-Half'],
    ['malformed', 'something that is not HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['malformed', 'two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
  ])('is answered for with 502, %s, when it sends %s', async (outcome, _name, bytes) => {
    const stable = await startRawUpstream((socket) => void socket.end(bytes, 'latin1'));
    const weir = await startWeir({ stable: stable.url });
    const answer = await ask(weir.traffic);
    expect(answer.status).toBe(502);
    expect(answer.headers['x-weir-error']).toContain(outcome);
    expect(await weir.metric('weir_request_failures_total', { upstream: 'stable', reason: outcome })).toBe(1);
  });

  it('on a connection kept too long is forgiven once, and counted for nobody', async () => {
    let isFirst = true;
    const stable = await startRawUpstream((socket) => {
      const isReused = stable.sockets.length === 1 && !isFirst;
      isFirst = false;
      if (isReused) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const weir = await startWeir({ stable: stable.url });
    expect((await ask(weir.traffic)).text).toBe('ok');
    expect((await ask(weir.traffic)).text).toBe('ok');
    expect(stable.sockets).toHaveLength(2);
    expect(await weir.metric('weir_request_failures_total')).toBe(0);
    expect(await weir.metric('weir_requests_total', { upstream: 'stable' })).toBe(2);
  });
});

describe('an upstream that dies inside the body', () => {
  it.each([
    ['a length', 'Content-Length: 1000\r\n\r\nfirst part', 'end'],
    ['a length', 'Content-Length: 1000\r\n\r\nfirst part', 'reset'],
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\na\r\nfirst part\r\n', 'end'],
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\na\r\nfirst part\r\n', 'reset'],
  ])('framed by %s cuts the client’s connection too, never ending it well (%#)', async (_name, rest, way) => {
    const stable = await startRawUpstream((socket) => void socket.write(`HTTP/1.1 200 OK\r\n${rest}`));
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, GET);
    await eventually(() => expect(client.text()).toContain('first part'));
    const [socket] = stable.sockets;
    if (way === 'end') socket!.end();
    else socket!.resetAndDestroy();
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 /);
    expect(client.text()).not.toMatch(/0\r\n\r\n$/);
    expect(client.text().length).toBeLessThan(600);
    expect(await weir.metric('weir_request_failures_total', { upstream: 'stable', reason: 'cut-short' })).toBe(1);
    expect(await weir.metric('weir_client_aborts_total')).toBe(0);
    expect(await weir.metric('weir_in_flight', { upstream: 'stable' })).toBe(0);
  });
});

describe('an upstream that is silent', () => {
  it('before its head is answered for with 504', async () => {
    const stable = await startUpstream('stable', silent);
    const weir = await startWeir({ stable: stable.url, timeouts: { head: '200ms' } });
    const answer = await ask(weir.traffic);
    expect(answer.status).toBe(504);
    expect(answer.headers['x-weir-error']).toContain('timed-out');
    expect(await weir.metric('weir_request_failures_total', { upstream: 'stable', reason: 'timed-out' })).toBe(1);
  });

  it('inside its body for too long has its answer cut', async () => {
    const stable = await startUpstream('stable', (_request, response) => void response.write('first part'));
    const weir = await startWeir({ stable: stable.url, timeouts: { body: '200ms' } });
    const client = connectRaw(weir.ports.traffic, GET);
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.text()).toContain('first part');
    expect(client.text()).not.toMatch(/0\r\n\r\n$/);
    expect(await weir.metric('weir_request_failures_total', { upstream: 'stable', reason: 'timed-out' })).toBe(1);
  });

  it('when it should accept a connection is answered for with 504', async () => {
    const url = await startStuckListener();
    const weir = await startWeir({ stable: url, timeouts: { connect: '200ms', head: '19s' } });
    const answer = await ask(weir.traffic);
    expect(answer.status).toBe(504);
    expect(answer.headers['x-weir-error']).toContain('timed-out');
  });
});

describe('a client that leaves', () => {
  it('before its answer cancels the request at the upstream and counts for nobody', async () => {
    let isCancelled = false;
    const stable = await startUpstream('stable', (_request, response) => {
      response.on('close', () => (isCancelled = true));
    });
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, GET);
    await eventually(() => expect(stable.requests).toHaveLength(1));
    client.socket.destroy();
    await eventually(() => expect(isCancelled).toBe(true));
    expect(await weir.metric('weir_client_aborts_total')).toBe(1);
    expect(await weir.metric('weir_request_failures_total')).toBe(0);
    expect(await weir.metric('weir_in_flight', { upstream: 'stable' })).toBe(0);
    expect((await weir.status()).window.stable).toMatchObject({ requests: 0, errors: 0 });
  });

  it('in the middle of its answer does so too', async () => {
    let isCancelled = false;
    const stable = await startUpstream('stable', (_request, response) => {
      response.write('first part');
      response.on('close', () => (isCancelled = true));
    });
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, GET);
    await eventually(() => expect(client.text()).toContain('first part'));
    client.socket.destroy();
    await eventually(() => expect(isCancelled).toBe(true));
    expect(await weir.metric('weir_client_aborts_total')).toBe(1);
    expect(await weir.metric('weir_request_failures_total')).toBe(0);
  });

  it('in the middle of its own body does so too', async () => {
    let isCancelled = false;
    const stable = await startUpstream('stable', (request) => {
      request.on('error', () => undefined);
      request.on('close', () => (isCancelled = true));
      request.resume();
    });
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nfirst');
    await eventually(() => expect(stable.requests).toHaveLength(1));
    client.socket.destroy();
    await eventually(() => expect(isCancelled).toBe(true));
    expect(await weir.metric('weir_client_aborts_total')).toBe(1);
    expect(await weir.metric('weir_request_failures_total')).toBe(0);
  });

  it('is not mistaken for one that has only finished speaking', async () => {
    const stable = await startUpstream('stable');
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, GET);
    client.socket.end();
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.text()).toContain('stable');
  });
});
