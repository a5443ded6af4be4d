import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lineOfRevocation } from '../../src/config/tokens.ts';
import { systemClock } from '../../src/support/clock.ts';
import type { RawClient } from './client.ts';
import { connectRaw } from './client.ts';
import { eventually } from './eventually.ts';
import type { Guarded } from './guarded.ts';
import { bearer, refusalOf, startGuarded, tokenOf } from './guarded.ts';
import { startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const whoami = async ({ send }: Guarded, token: string) => {
  const { status, text } = await send('GET', '/v1/whoami', { headers: bearer(token) });
  return { status, ...(JSON.parse(text) as object) };
};

describe('who may use the admin port', () => {
  it('without tokens is whoever is on this machine, as the operator', async () => {
    const weir = await startWeir({ stable: (await startUpstream('stable')).url });
    const answer = await fetch(`http://127.0.0.1:${weir.ports.admin}/v1/whoami`);
    expect(await answer.json()).toEqual({ name: 'operator', role: 'operator', authentication: 'loopback' });
  });

  it('with tokens is who has one, in the role that the file says', async () => {
    const guarded = await startGuarded();
    expect(await whoami(guarded, guarded.operator)).toEqual({
      status: 200,
      name: 'ada',
      role: 'operator',
      authentication: 'token',
    });
    expect(await whoami(guarded, guarded.viewer)).toMatchObject({ name: 'bob', role: 'viewer' });
  });

  it('stands as the actor in the journal', async () => {
    const { send, operator, standing } = await startGuarded();
    const headers = bearer(operator);
    expect((await send('PUT', '/v1/weights', { headers, body: '{"candidate": 30}' })).status).toBe(200);
    const lines = (await standing()).journal.trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: 'weights-set', actor: 'ada', source: 'operator' });
  });

  it('lets a viewer read everything and change nothing', async () => {
    const { send, viewer } = await startGuarded();
    const headers = bearer(viewer);
    for (const path of ['/v1/status', '/v1/history', '/v1/releases', '/v1/whoami']) {
      expect((await send('GET', path, { headers })).status).toBe(200);
      expect((await send('HEAD', path, { headers })).status).toBe(200);
    }
    expect(refusalOf(await send('POST', '/v1/rollback', { headers }))).toBe('403 not-permitted');
  });

  it('may call it by the address it has reached, and by no other', async () => {
    const { send, operator } = await startGuarded();
    const host = (name: string) => send('GET', '/v1/status', { headers: { ...bearer(operator), host: name } });
    expect((await host('127.0.0.1:9901')).status).toBe(200);
    expect(refusalOf(await host('10.1.2.3:9901'))).toBe('403 host-not-allowed');
  });
});

/** How often the log says that a tokens file was read. */
const readings = ({ weir }: Guarded) =>
  weir.lines.filter(({ message }) => message === 'the tokens file was read').length;

describe('a tokens file that changes while Weir runs', () => {
  it('brings new tokens and takes revoked ones, without a restart', async () => {
    const guarded = await startGuarded();
    const late = guarded.add({ name: 'late' });
    await eventually(() => expect(readings(guarded)).toBe(2));
    expect(await whoami(guarded, late)).toMatchObject({ status: 200, name: 'late' });
    appendFileSync(guarded.tokensFile, lineOfRevocation(late.split('_')[1]!, systemClock.wallMs()));
    await eventually(() => expect(readings(guarded)).toBe(3));
    expect(await whoami(guarded, late)).toMatchObject({ code: 'invalid-token' });
    expect(await whoami(guarded, guarded.operator)).toMatchObject({ status: 200 });
  });

  it('revokes a token for requests too whose body is still to come', async () => {
    const guarded = await startGuarded();
    const late = guarded.add({ name: 'late' });
    await eventually(() => expect(readings(guarded)).toBe(2));
    const raw = openRollback(guarded, late);
    const before = await guarded.standing();
    appendFileSync(guarded.tokensFile, lineOfRevocation(late.split('_')[1]!, systemClock.wallMs()));
    await eventually(() => expect(readings(guarded)).toBe(3));
    raw.socket.write('{}');
    await eventually(() => expect(raw.text()).toMatch(/^HTTP\/1.1 401 [^]*"invalid-token"/));
    expect(await guarded.standing()).toEqual(before);
  });

  it('may be swapped for another', async () => {
    const guarded = await startGuarded();
    const next = tokenOf({ name: 'next' });
    writeFileSync(`${guarded.tokensFile}.new`, next.line);
    renameSync(`${guarded.tokensFile}.new`, guarded.tokensFile);
    await eventually(() => expect(readings(guarded)).toBe(2));
    expect(await whoami(guarded, next.token)).toMatchObject({ name: 'next' });
    expect(await whoami(guarded, guarded.operator)).toMatchObject({ status: 401 });
  });

  it.each<[string, (file: string) => void, RegExp]>([
    ['is garbage', (file) => writeFileSync(file, '{"id": '), /has mistakes; the tokens that were known stay/],
    ['is gone', (file) => rmSync(file), /cannot be read; the tokens that were known stay/],
  ])('stays in force as it last was when it %s, and the log says so', async (_name, spoil, words) => {
    const guarded = await startGuarded();
    spoil(guarded.tokensFile);
    await eventually(() =>
      expect(guarded.weir.lines.map(({ message }) => message)).toContainEqual(expect.stringMatching(words)),
    );
    expect(await whoami(guarded, guarded.operator)).toMatchObject({ status: 200 });
  });
});

/** All of a rollback but its body. */
function openRollback({ weir }: Guarded, token: string): RawClient {
  const fields = `host: localhost\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 2`;
  return connectRaw(weir.ports.admin, `POST /v1/rollback HTTP/1.1\r\n${fields}\r\n\r\n`);
}

describe('a token', () => {
  it('that expires while the body of its request is on its way changes nothing', async () => {
    let aheadMs = 0;
    const clock = { ...systemClock, wallMs: () => systemClock.wallMs() + aheadMs };
    const guarded = await startGuarded({}, clock);
    const short = guarded.add({ name: 'short', expiresAtMs: systemClock.wallMs() + 600_000 });
    await eventually(() => expect(readings(guarded)).toBe(2));
    const raw = openRollback(guarded, short);
    const before = await guarded.standing();
    aheadMs = 601_000;
    raw.socket.write('{}');
    await eventually(() => expect(raw.text()).toMatch(/^HTTP\/1.1 401 /));
    expect((await guarded.standing()).journal).toBe(before.journal);
  });

  it('is in no line of the log and in no answer, right or wrong', async () => {
    const wrong = tokenOf().token;
    const { weir, send, operator, add, tokensFile } = await startGuarded();
    const texts: string[] = [];
    for (const token of [operator, wrong, `${operator}0`, 'weir_x']) {
      for (const [method, path] of [
        ['GET', '/v1/status'],
        ['PUT', '/v1/weights'],
        ['GET', '/nowhere'],
      ] as const) {
        texts.push((await send(method, path, { headers: bearer(token), body: '{' })).text);
      }
    }
    const pasted = add({});
    appendFileSync(tokensFile, `${pasted}\n`);
    await eventually(() => expect(weir.lines.some(({ message }) => message.includes('mistakes'))).toBe(true));
    const said = `${JSON.stringify(weir.lines)}${texts.join('')}`;
    for (const secret of [operator, wrong, pasted]) expect(said).not.toContain(secret.split('_')[2]);
  });
});
