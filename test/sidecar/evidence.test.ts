import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainEvent } from '../../src/cli/explain-event.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import { askMany } from './client.ts';
import { eventually } from './eventually.ts';
import { startLoad } from './load.ts';
import { temporaryDirectory } from './settings.ts';
import { failing, silent, startUpstream } from './upstream.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';

/** Half of it goes to the candidate. */
const PER_SECOND = 10;
const CANDIDATE_PER_SECOND = 5;
/** Both guards; no answer of a slow machine is slow. */
const BOTH = { errors: '0.5%', p95: '10m' };

async function startPair(guards: object, more: object = {}) {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const state = join(temporaryDirectory(), 'state');
  const settings = { stable: stable.url, candidate: candidate.url, weight: '50%', guards, state, ...more };
  return { stable, candidate, state, weir: await startWeir(settings) };
}

/** Load of so little that a percentage means nothing, until the guard acts. */
async function resetUnderLoad(weir: Weir): Promise<RolloutEvent> {
  const load = startLoad(weir.traffic, { perSecond: PER_SECOND });
  const reset = await resetOf(weir);
  void load.stop();
  return reset;
}

async function resetOf(weir: Weir): Promise<RolloutEvent> {
  await eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
  const resets = (await weir.history()).filter(({ type }) => type === 'rolled-back');
  return resets[0]!;
}

/** Explains the last reset from the journal on disk. */
async function explained(state: string) {
  let text = '';
  const write = (words: string) => void (text += words);
  const code = await explainEvent(state, null, 'table', { out: write, error: write });
  return { code, text };
}

/** How many requests spoke against the candidate; good ones of the same slot may be counted beside them. */
const against = ({ reason }: RolloutEvent): number => Number(/\((\d+) of \d+ requests/.exec(reason)?.[1]);

describe('at five candidate requests a second', () => {
  it('a candidate that begins to fail every request is taken out within the requests of three seconds', async () => {
    const { candidate, weir } = await startPair(BOTH);
    await askMany(weir.traffic, 40);
    candidate.answer = failing;
    const event = await resetUnderLoad(weir);
    expect(event).toMatchObject({ type: 'rolled-back', actor: 'guard', reasons: [{ measure: 'errors' }] });
    expect(against(event)).toBeLessThanOrEqual(3 * CANDIDATE_PER_SECOND);
    expect(event.reason).toMatch(
      /^candidate failures [\d.]+ % > 0\.5 % \(\d+ of \d+ requests in .*; evidence 10\^\d+ : 1\)$/,
    );
    // It is told when it is on disk, and in force before that.
    await eventually(async () => expect(await weir.metric('weir_rollbacks_total', { reason: 'errors' })).toBe(1));
  });

  it('a candidate that never answers is taken out by its P95, within three seconds and the limit', async () => {
    const { candidate, weir } = await startPair({ p95: '300ms' }, { timeouts: { head: '20s' } });
    await askMany(weir.traffic, 40);
    candidate.answer = silent;
    const event = await resetUnderLoad(weir);
    expect(event).toMatchObject({ type: 'rolled-back', reasons: [{ measure: 'p95', relation: '>', limit: 300 }] });
    expect(against(event)).toBeLessThanOrEqual(3.3 * CANDIDATE_PER_SECOND);
    await candidate.close();
  });

  it('a candidate that answers well is left alone, and the status says what its proof still needs', async () => {
    const { weir } = await startPair(BOTH);
    await askMany(weir.traffic, 40);
    await eventually(async () => expect((await weir.status()).verdict.reasons).toHaveLength(2));
    const { phase, verdict, waitingFor } = await weir.status();
    expect({ phase, kind: verdict.kind }).toEqual({ phase: 'shifting', kind: 'inconclusive' });
    // 710 without a failure prove a limit of 0.5 %.
    expect(waitingFor?.proof?.requests).toBe(690);
    expect(waitingFor?.text).toContain('690 requests more');
    expect(await weir.metric('weir_evidence', { guard: 'errors' })).toBeLessThan(0);
    expect(await weir.metric('weir_split_suspect')).toBe(0);
  });
});

describe('when both upstreams fail alike', () => {
  const unshielded = { shield: { methods: [] } };

  it('the absolute guard takes the candidate out, and says that stable fails too', async () => {
    const { stable, candidate, weir } = await startPair({ errors: '0.5%' }, unshielded);
    stable.answer = failing;
    await askMany(weir.traffic, 40);
    candidate.answer = failing;
    await askMany(weir.traffic, 40);
    await eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
    expect((await weir.status()).reason).toMatch(/, and stable fails too: [\d.]+ % \(\d+ of \d+ requests\)$/);
  });

  it('nothing is taken out where only the comparison with stable is asked for', async () => {
    const { stable, candidate, weir } = await startPair({ worseThanStable: 1.5 }, unshielded);
    stable.answer = candidate.answer = failing;
    await askMany(weir.traffic, 300);
    await eventually(async () => {
      const [reason] = (await weir.status()).verdict.reasons;
      expect(reason).toMatchObject({ measure: 'worse-errors', relation: 'unknown', measured: 1, samples: 150 });
    });
    expect((await weir.status()).phase).toBe('shifting');
    expect(await weir.history()).toHaveLength(1);
  });

  it('the comparison takes out a candidate that fails alone', async () => {
    const { candidate, weir } = await startPair({ worseThanStable: 1.5 });
    candidate.answer = failing;
    await askMany(weir.traffic, 120);
    const event = await resetOf(weir);
    expect(event.reasons).toMatchObject([{ measure: 'worse-errors', relation: '>', limit: 0 }]);
    expect(event.reason).toContain("> 1.5 × stable's 0 %");
    await eventually(async () => expect(await weir.metric('weir_rollbacks_total', { reason: 'worse-errors' })).toBe(1));
  });
});

describe('a reset explained from the journal alone', () => {
  it('agrees with what was recorded, and no longer when the record is changed', async () => {
    const { candidate, weir, state } = await startPair(BOTH);
    candidate.answer = failing;
    const event = await resetUnderLoad(weir);
    await weir.stop();
    const { code, text } = await explained(state);
    expect(code).toBe(0);
    expect(text).toContain(`event ${event.seq} at ${event.at}: rolled-back of v2`);
    expect(text).toContain('the verdict agrees with the recorded requests');

    const path = join(state, 'journal.jsonl');
    const whole = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const lines = whole.slice(0, event.seq - 1);
    const reset: RolloutEvent = JSON.parse(whole[event.seq - 1]!);
    const { evidence } = reset;
    const none = evidence!.candidate.requests.replaceAll(/\d+(?=,|$|\*)/g, '0');
    const changed = { ...reset, evidence: { ...evidence, candidate: { ...evidence!.candidate, errors: none } } };
    await writeFile(path, `${lines.join('\n')}\n`);
    await appendFile(path, `${JSON.stringify(changed)}\n`);
    expect(await explained(state)).toMatchObject({ code: 1, text: expect.stringContaining('DOES NOT FOLLOW') });
  });
});
