import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StatusView } from '../../src/model/view.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';
import type { Settings } from '../sidecar/settings.ts';
import { freePort } from '../ports.ts';
import { listen, startUpstream } from '../sidecar/upstream.ts';
import type { Weir } from '../sidecar/weir.ts';
import { startWeir } from '../sidecar/weir.ts';
import { cli } from './program.ts';

async function started(more: Partial<Settings> = {}): Promise<Weir & { readonly candidateUrl: string }> {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '5%', ...more });
  return { ...weir, candidateUrl: candidate.url };
}

const fixtureFile = (name: string) => resolve(import.meta.dirname, '../fixtures/tls', name);
const fixture = (name: string) => readFileSync(fixtureFile(name));
const environmentOf = ({ ports }: Weir) => ({ WEIR_ADMIN: `127.0.0.1:${ports.admin}` });

/** An admin API that answers as it is told, and keeps what it was asked. */
async function pretender(status: number, answer: unknown) {
  const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
  const server = await startUpstream('pretender', (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  return { ...server, environment: { WEIR_ADMIN: server.url } };
}

describe('a verb that changes something', () => {
  it('each does what it says, and says what it did', async () => {
    const weir = await started({ more: { rollout: { bake: '1h' } } });
    const variables = environmentOf(weir);
    const url = weir.candidateUrl;
    const told = async (...args: string[]) => {
      const { code, out, error } = await cli(args, variables);
      expect({ code, error }).toEqual({ code: 0, error: '' });
      return out.split('\n')[0];
    };
    expect(await told('set-weight', '25', '-m', 'looks good')).toBe('v2 now gets 25 % (was 5 %)');
    expect((await weir.status()).reason).toBe('looks good');
    expect(await told('set-weight', 'v2=10', 'v1=90%')).toBe('v2 now gets 10 % (was 25 %)');
    expect(await told('pause')).toBe('paused at revision 4: v2 stays at 10 %, v1 the other 90 %');
    expect(await told('pause')).toBe('nothing changed: v2 stays at 10 %, v1 the other 90 %');
    expect(await told('resume')).toBe('shifting at revision 5: v2 gets 10 %, v1 the other 90 %');
    expect(await told('automation', 'off', '-m', 'audit')).toBe('automation is off: audit (was on)');
    expect(await told('automation', 'on')).toBe('automation is on (was off: audit)');
    expect(await told('rollback', '--reason', 'enough')).toBe('v2 now gets 0 % (was 10 %)');
    const plan = ['--plan', '5%:1h,50%:1h', '--commit', 'abc', '--image', 'i', '--config-hash', 'c'];
    expect(await told('start', 'v3', '--url', url, ...plan)).toBe('v3 now gets 5 % (was 0 %)');
    expect(await weir.status()).toMatchObject({
      candidate: { version: 'v3', url, commit: 'abc', image: 'i', configHash: 'c' },
      plan: { steps: [{ weight: 5, holdMs: 3_600_000 }, { weight: 50 }], step: 0 },
    });
    expect(await told('advance')).toBe('v3 now gets 50 % (was 5 %)');
    expect(await told('promote')).toBe('v3 now gets 100 % (was 50 %)');
    expect(await told('releases', 'add', 'v4', '--url', url)).toBe(
      `v4 is known at ${url}; weir switch v4 sends everything to it`,
    );
    expect(await told('switch', 'v4')).toBe('v4 now gets 100 % (was 0 %)');
    const toTakenOut = await cli(['rollback', '--to', 'v2'], variables);
    expect(toTakenOut).toMatchObject({ code: 1, out: '' });
    expect(toTakenOut.error).toMatch(/^weir: v2 was taken out at \S+Z: enough; .*switch to v2.*\n {6}weir releases/);
    expect(await told('rollback', '--to', 'v1')).toBe('v4 now gets 0 % (was 100 %)');
    expect(await weir.status()).toMatchObject({ phase: 'rolled-back', stable: { version: 'v1' } });
    const { out } = await cli(['releases'], variables);
    expect(out).toMatch(/version +status .*\n +v1 +stable .*\n +v2 +rolled-back .*\n +v3 +retired .* i +abc\n +v4 /);
    const lines = (await cli(['history', '--limit', '9'], variables)).out.trimEnd().split('\n');
    expect(lines).toHaveLength(9);
    expect(lines).toContainEqual(
      expect.stringMatching(/Z +rolled-back +v4 +0 % \(was 100 %\) +operator: no reason given$/),
    );
  });

  it('says which versions there are when one is mistyped, and which was meant', async () => {
    const variables = environmentOf(await started());
    expect(await cli(['set-weight', 'v2x=10'], variables)).toEqual({
      code: 1,
      out: '',
      error: 'weir: unknown version v2x; known: v1 (stable), v2 (candidate). Did you mean v2?\n',
    });
    expect((await cli(['switch', 'unlike-any'], variables)).error).toBe(
      'weir: unknown version unlike-any; known: v1 (stable), v2 (candidate)\n',
    );
  });

  it('is refused when the revision is another by now', async () => {
    const weir = await started();
    const { code, error } = await cli(['rollback', '--if-revision', '7'], environmentOf(weir));
    expect(code).toBe(1);
    expect(error).toMatch(/^weir: .*revision.*\n {6}somebody was faster: look at weir status, then ask again\n$/);
    expect((await weir.status()).phase).toBe('shifting');
    expect((await cli(['rollback', '--if-revision', '1'], environmentOf(weir))).code).toBe(0);
  });

  it('hands every mistake of the API on as it is', async () => {
    const variables = environmentOf(await started());
    expect((await cli(['set-weight', '150'], variables)).error).toBe(
      'weir: candidate: expected a weight between 0 and 100 %, got 150\n',
    );
    expect((await cli(['set-weight', 'v1=50', 'v2=60'], variables)).error).toContain('sum to 100');
    expect((await cli(['pause', '--force'], variables)).error).toContain('expected a reason, because force');
    expect((await cli(['history', '--limit', 'all'], variables)).error).toContain('between 1 and 1000');
  });

  it('refuses arguments that could not be asked, with exit code 2 and without asking', async () => {
    const { requests, environment } = await pretender(200, {});
    for (const args of [
      ['set-weight', 'much'],
      ['set-weight', '10', '20'],
      ['set-weight', 'v1=10', 'v1=20'],
      ['set-weight', 'reason=10'],
      ['automation', 'maybe'],
      ['start', 'v3'],
      ['start', 'v3', '--url', 'http://x', '--plan', '5'],
      ['rollback', '--if-revision', 'x'],
      ['rollback', 'v1'],
      ['status', '--watch', '--wait'],
      ['status', '--timeout', '5m'],
      ['status', '--wait', '--timeout', '5'],
      ['status', '--output', 'xml'],
      ['status', '--admin', 'ftp://x'],
      ['status', '--token', 'a b'],
    ]) {
      const { code, out, error } = await cli(args, environment);
      expect([args.join(' '), code, out]).toEqual([args.join(' '), 2, '']);
      expect(error).toMatch(/^error: /);
    }
    expect(requests).toHaveLength(0);
    const { error } = await cli(['rollback', 'v1'], environment);
    expect(error).toContain('error: expected no version, to go to stable, or --to v1, got v1\n');
  });

  it('says when what it asks over https speaks no TLS', async () => {
    const { url } = await pretender(200, {});
    const { code, error } = await cli(['status', '--admin', url.replace('http:', 'https:')]);
    expect(code).toBe(1);
    expect(error).toContain(`speaks no TLS; is it ${url}?\n`);
  });
});

describe('what comes out', () => {
  it('as JSON is the answer of the API as it is, one document', async () => {
    const weir = await started();
    const variables = environmentOf(weir);
    const status: StatusView = JSON.parse((await cli(['status', '-o', 'json'], variables)).out);
    expect(status).toMatchObject({ service: 'shop', phase: 'shifting', weights: { candidate: 5 } });
    const changed: StatusView = JSON.parse((await cli(['set-weight', '7', '-o', 'json'], variables)).out);
    expect(changed).toMatchObject({ weights: { candidate: 7 }, revision: 2 });
    expect(JSON.parse((await cli(['releases', '-o', 'json'], variables)).out)).toHaveProperty('releases');
    expect(JSON.parse((await cli(['history', '-o', 'json'], variables)).out)).toHaveProperty('events');
    const added = ['releases', 'add', 'v9', '--url', weir.candidateUrl, '-o', 'json'];
    expect(JSON.parse((await cli(added, variables)).out)).toHaveProperty('phase', 'shifting');
  });

  it('as JSON is, when it fails, one problem document on standard error', async () => {
    const variables = environmentOf(await started());
    const { code, out, error } = await cli(['switch', 'v7', '-o', 'json'], variables);
    expect([code, out, JSON.parse(error)]).toMatchObject([1, '', { status: 404, code: 'unknown-version' }]);
    const nobody = await cli(['status', '-o', 'json', '--admin', `127.0.0.1:${await freePort()}`]);
    expect([nobody.code, JSON.parse(nobody.error)]).toMatchObject([1, { code: 'unreachable' }]);
  });

  it('is painted on demand only', async () => {
    const variables = environmentOf(await started());
    const painted = async (more: object) => (await cli(['status'], { ...variables, ...more })).out.includes('\u001b[');
    expect(await painted({})).toBe(false);
    expect(await painted({ FORCE_COLOR: '1' })).toBe(true);
    expect(await painted({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  });

  it('holds nothing that a terminal would obey, whatever the API says', async () => {
    const evil = '\u001b]0;owned\u0007\u009b2J\r\n\u202egood';
    const { environment } = await pretender(409, { status: 409, code: 'wrong-phase', detail: evil });
    for (const format of ['table', 'json']) {
      const { error } = await cli(['status', '-o', format], environment);
      expect(error).toContain('owned');
      expect(error.trimEnd()).toMatch(/^[\x20-\x7e]+$/);
    }
  });
});

describe('the way to the sidecar', () => {
  it('sends the token of the option, the file or the variable, in this order', async () => {
    const { requests, environment } = await pretender(401, { status: 401, code: 'unauthenticated', detail: 'who?' });
    const file = join(temporaryDirectory(), 'token');
    writeFileSync(file, 'from-file\n');
    const all = { ...environment, WEIR_TOKEN: 'from-variable' };
    await cli(['status'], environment);
    const refused = await cli(['status'], { ...environment, WEIR_TOKEN_FILE: file });
    await cli(['status'], { ...all, WEIR_TOKEN_FILE: '/nowhere' });
    await cli(['status', '--token-file', file], all);
    await cli(['status', '--token', 'from-option'], all);
    const sent = ['from-file', 'from-variable', 'from-file', 'from-option'].map((token) => `Bearer ${token}`);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([undefined, ...sent]);
    expect(refused).toMatchObject({
      code: 1,
      error: expect.stringContaining('who?\n      give a token with') as string,
    });
  });

  it('is https with certificates of its own, and only with them', async () => {
    const server = createServer(
      { cert: fixture('upstream.pem'), key: fixture('upstream.key') },
      (request, response) => {
        request.resume();
        response.writeHead(409, { 'content-type': 'application/json' }).end('{"code":"wrong-phase","detail":"heard"}');
      },
    );
    const port = await listen(server, 0);
    onTestFinished(() => void server.close());
    const address = ['--admin', `https://127.0.0.1:${port}`];
    expect((await cli(['status', ...address, '--ca', fixtureFile('ca.pem')])).error).toBe('weir: heard\n');
    expect((await cli(['status', ...address])).error).toMatch(/^weir: no answer from https:.*certificate/);
    expect((await cli(['status', ...address, '--ca', '/nowhere'])).error).toContain('ENOENT');
    expect(await cli(['status', '--ca', fixtureFile('ca.pem')])).toMatchObject({ code: 2 });
  });

  it('never shows a token that cannot be one', async () => {
    const { code, error } = await cli(['status', '--token', 'geheim\u00e4']);
    expect(code).toBe(2);
    expect(error).not.toContain('geheim');
  });

  it('says when somebody else answers there', async () => {
    const { environment } = await pretender(404, 'not here\n');
    expect((await cli(['status'], environment)).error).toMatch(/answers, but not as Weir's admin API.*404 not here\n$/);
  });

  it.each(['{}', '{"phase": null, "weights": 1}', '{"code": {"toString": 1}, "detail": {"toString": 1}}'])(
    'says so too when that answers %s',
    async (body) => {
      const { environment } = await pretender(200, body);
      for (const verb of ['status', 'history', 'releases', 'pause']) {
        expect((await cli([verb], environment)).error).toMatch(/answers, but not as Weir's admin API/);
      }
    },
  );

  it('finds no hint in a code that every object has', async () => {
    const { environment } = await pretender(409, '{"code": "constructor", "detail": "no"}');
    expect((await cli(['status'], environment)).error).toBe('weir: no\n');
  });
});
