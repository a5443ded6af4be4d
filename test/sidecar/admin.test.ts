import { describe, expect, it } from 'vitest';
import { startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

async function startPair() {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  return startWeir({ stable: stable.url, candidate: candidate.url, weight: '20%' });
}

function codeOf({ text }: { readonly text: string }): string {
  const { code }: { code: string } = JSON.parse(text);
  return code;
}

describe('the admin port', () => {
  it('refuses a weight for a candidate that does not exist', async () => {
    const stable = await startUpstream('stable');
    const weir = await startWeir({ stable: stable.url });
    const answer = await weir.change('PUT', '/v1/weights', { candidate: 10 });
    expect([answer.status, codeOf(answer)]).toEqual([409, 'no-candidate']);
    expect((await weir.status()).weights.candidate).toBe(0);
  });

  it.each([
    ['weights that do not sum to 100', { stable: 50, candidate: 40 }, 'invalid-body'],
    ['a negative weight', { candidate: -1 }, 'invalid-body'],
    ['more than everything', { candidate: 101 }, 'invalid-body'],
    ['an unknown key', { candidate: 10, hurry: true }, 'invalid-body'],
  ])('refuses %s and changes nothing', async (_name, body, code) => {
    const weir = await startPair();
    const before = await weir.status();
    const answer = await weir.change('PUT', '/v1/weights', body);
    expect([answer.status, codeOf(answer)]).toEqual([422, code]);
    expect(await weir.status()).toEqual(before);
  });

  it.each(['{', 'weight=5', '[]', '"candidate"', '{"candidate": 5}}'])('refuses %s as a body', async (body) => {
    const weir = await startPair();
    const answer = await weir.change('PUT', '/v1/weights', body);
    expect([400, 422]).toContain(answer.status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect((await weir.status()).weights.candidate).toBe(20);
  });

  it('refuses a body of ten megabytes, and its sender learns why', async () => {
    const weir = await startPair();
    const answer = await weir.change('PUT', '/v1/weights', Buffer.alloc(10_000_000, 0x20));
    expect([answer.status, codeOf(answer)]).toEqual([413, 'body-too-large']);
    expect((await weir.status()).weights.candidate).toBe(20);
  });

  it('refuses a change that rests on an old revision', async () => {
    const weir = await startPair();
    const { revision } = await weir.status();
    const ifMatch = { 'if-match': `"${revision}"` };
    expect((await weir.change('PUT', '/v1/weights', { candidate: 30 }, ifMatch)).status).toBe(200);
    const answer = await weir.change('PUT', '/v1/weights', { candidate: 40 }, ifMatch);
    expect([answer.status, codeOf(answer)]).toEqual([412, 'revision-mismatch']);
    expect((await weir.status()).weights.candidate).toBe(30);
  });

  it('starts another candidate at the weight that the file declares', async () => {
    const [stable, next] = [await startUpstream('stable'), await startUpstream('next')];
    const weir = await startWeir({ stable: stable.url, candidate: stable.url, weight: '20%' });
    await weir.change('POST', '/v1/rollback', { reason: 'bad' });
    const answer = await weir.change('POST', '/v1/rollout', { version: 'v3', url: next.url, reason: 'next try' });
    expect(JSON.parse(answer.text)).toMatchObject({ phase: 'shifting', candidate: { version: 'v3' } });
    expect((await weir.status()).weights.candidate).toBe(20);
  });
});
