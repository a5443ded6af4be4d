import type { ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask, askMany, connectRaw } from './client.ts';
import { eventually } from './eventually.ts';
import { startLoad } from './load.ts';
import { temporaryDirectory } from './settings.ts';
import { linesOf, startProgram } from './spawn.ts';
import { failing, silent, startUpstream } from './upstream.ts';

describe('SIGTERM', () => {
  it('under kept-alive load fails no request, is told at /readyz, and ends with 0', async () => {
    const held: ServerResponse[] = [];
    const stable = await startUpstream('stable', (request, response) => {
      if (request.url === '/held') held.push(response);
      else response.end('stable');
    });
    const logFile = join(temporaryDirectory(), 'logs', 'weir.log');
    const weir = await startProgram({ stable: stable.url, timeouts: { drain: '60s' }, logFile });
    const load = startLoad(weir.traffic, { perSecond: 100 });
    const late = ask(`${weir.traffic}held`);
    await eventually(() => expect(load.answers.length).toBeGreaterThan(50));
    await eventually(() => expect(held).toHaveLength(1));

    weir.kill('SIGTERM');
    await eventually(async () => expect(await weir.readyz()).toBe(503));
    const before = load.answers.length;
    // A balancer needs a moment to notice: until then new requests are still served.
    await eventually(() => expect(load.answers.length).toBeGreaterThan(before + 30));
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answers.every(({ status }) => status === 200)).toBe(true);
    expect(load.answers.at(-1)!.headers.connection).toBe('close');

    held[0]!.end('in the end');
    expect((await late).text).toBe('in the end');
    expect(await weir.ended).toEqual({ code: 0, signal: null });
    const messages = linesOf(weir.stdout()).map(({ msg }) => msg);
    expect(messages).toEqual(expect.arrayContaining(['serving', 'draining', 'drained']));
    expect(readFileSync(logFile, 'utf8')).toBe(weir.stdout());
  });

  it('lets uploads and streamed answers that are in flight come to their end, beside kept-alive load', async () => {
    let streaming: ServerResponse | null = null;
    const stable = await startUpstream('stable', (request, response) => {
      if (request.url === '/stream') {
        streaming = response;
        response.write('first part,');
      } else request.pipe(response);
    });
    const weir = await startProgram({ stable: stable.url, timeouts: { drain: '60s' } });
    const load = startLoad(weir.traffic, { perSecond: 100 });
    const upload = connectRaw(weir.ports.traffic, 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    upload.socket.write('5\r\nfirst\r\n');
    const stream = connectRaw(weir.ports.traffic, 'GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    const idle = connectRaw(weir.ports.traffic, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => {
      expect(upload.text()).toContain('first');
      expect(stream.text()).toContain('first part,');
      expect(idle.text()).toContain('200');
    });

    weir.kill('SIGTERM');
    await eventually(() => expect(load.answers.at(-1)!.headers.connection).toBe('close'));
    await load.stop();
    expect(load.failures).toEqual([]);
    // The idle connection goes when no new ones are taken any more; what is in flight stays.
    await eventually(() => expect(idle.isClosed()).toBe(true));
    expect([upload.isClosed(), stream.isClosed()]).toEqual([false, false]);
    upload.socket.write('6\r\nsecond\r\n0\r\n\r\n');
    streaming!.end('last part');
    await eventually(() => {
      expect(upload.text()).toMatch(/second[\s\S]*0\r\n\r\n$/);
      expect(stream.text()).toMatch(/last part[\s\S]*0\r\n\r\n$/);
    });
    expect(await weir.ended).toEqual({ code: 0, signal: null });
    expect(linesOf(weir.stdout()).at(-1)).toMatchObject({ cut: 0 });
  });

  it('is understood as SIGINT too, and twice by who will not wait', async () => {
    const stable = await startUpstream('stable', silent);
    const weir = await startProgram({ stable: stable.url, timeouts: { drain: '60s' } });
    // What is under way keeps the drain from being over.
    connectRaw(weir.ports.traffic, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => expect(stable.requests).toHaveLength(1));
    weir.kill('SIGINT');
    await eventually(async () => expect(await weir.readyz()).toBe(503));
    weir.kill('SIGINT');
    expect(await weir.ended).toEqual({ code: 1, signal: null });
  });

  it('cuts what has not ended when the time is over, says so, and still ends with 0', async () => {
    const stable = await startUpstream('stable', silent);
    const weir = await startProgram({ stable: stable.url, timeouts: { drain: '300ms' } });
    const cut = ask(weir.traffic).then(
      () => 'answered',
      () => 'cut',
    );
    await eventually(() => expect(stable.requests).toHaveLength(1));
    weir.kill('SIGTERM');
    expect(await weir.ended).toEqual({ code: 0, signal: null });
    expect(await cut).toBe('cut');
    expect(linesOf(weir.stdout()).at(-1)).toMatchObject({ cut: 1 });
  });
});

describe('kill -9', () => {
  it('after a reset forgets nothing: the restarted program is still rolled back', async () => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate', failing)];
    const state = join(temporaryDirectory(), 'state');
    const guards = { window: '10s', errors: '5%', rule: 'plain', minRequests: 10 };
    const settings = { stable: stable.url, candidate: candidate.url, weight: '50%', guards, state };
    const weir = await startProgram(settings);
    await askMany(weir.traffic, 40);
    // A fall is in force before it is on disk, and told after that.
    await eventually(() =>
      expect(linesOf(weir.stdout()).map(({ msg }) => msg)).toContainEqual(expect.stringMatching(/^rolled-back: /)),
    );
    const { reason, revision } = await weir.status();
    weir.kill('SIGKILL');
    expect(await weir.ended).toEqual({ code: null, signal: 'SIGKILL' });

    const again = await startProgram(settings);
    const before = candidate.requests.length;
    await askMany(again.traffic, 50);
    expect(candidate.requests).toHaveLength(before);
    const status = await again.status();
    expect(status).toMatchObject({ phase: 'rolled-back', reason, revision, weights: { candidate: 0 } });
    expect(status.verdict).toMatchObject({ kind: 'unhealthy', reasons: [{ measure: 'errors' }] });
    expect(await again.metric('weir_rollbacks_total')).toBe(1);
  });
});
