import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain, parseRate, parseShareOption } from '../../src/cli/explain.ts';
import { explainEvent } from '../../src/cli/explain-event.ts';
import type { Format } from '../../src/cli/output.ts';
import { recordOf } from '../../src/health/record.ts';
import { createJudge } from '../../src/health/judge.ts';
import { GUARDS, observedOf, SLOT_MS } from '../health/observed.ts';
import { acted, DECLARE } from '../release/fixtures.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weir-explain-'));
});
afterAll(() => rm(dir, { recursive: true }));

function listening() {
  const said = { out: '', error: '' };
  const write = { out: (text: string) => void (said.out += text), error: (text: string) => void (said.error += text) };
  return { said, write };
}

async function explained(
  guards: string,
  requestsPerSecond = 10,
  share: number | null = 5000,
  format: Format = 'table',
) {
  const file = join(dir, 'weir.yaml');
  await writeFile(file, `service: shop\nstable: { version: v1, url: http://127.0.0.1:3000 }\nguards: ${guards}\n`);
  const { said, write } = listening();
  return { code: await explain(file, { requestsPerSecond, share }, format, write), ...said };
}

describe('weir explain', () => {
  it('says how soon and how often by mistake, for both rules, the same every time', async () => {
    const { code, out } = await explained('{ window: 2m, errors: 5% }');
    expect(code).toBe(0);
    expect(out).toContain('5 candidate requests a second to judge by, in a window of 2m');
    const cellsOf = (name: string) =>
      out
        .split('\n')
        .find((line) => line.trim().startsWith(name))!
        .trim()
        .split(/ {2,}/);
    expect(cellsOf('failures > 5 %').slice(1)).toEqual(['rule: evidence (in force)', 'rule: plain']);
    expect(cellsOf('100 % fail')[1]).toMatch(/^[\d.]+ (?:ms|s) \/ [\d.]+ s$/);
    expect(out).not.toContain(' 5 % fail');
    expect(cellsOf('false rollbacks a day, exactly at the limit')[1]).toContain('0 in ');
    expect(Number(cellsOf('false rollbacks a day, exactly at the limit')[2])).toBeGreaterThan(10);
    expect(cellsOf('to be proven healthy')[1]).toMatch(/^70 requests without a bad one, 14 s$/);
    expect((await explained('{ window: 2m, errors: 5% }')).out).toBe(out);
  });

  it('says so where there is nothing to judge by, and where no limit is set', async () => {
    expect(await explained('{ errors: 5% }', 10, 0)).toMatchObject({ code: 1, out: '' });
    expect((await explained('{}')).out).toContain('no limit is set');
  });

  it('says the same as one JSON document, and so a failure', async () => {
    const { code, out, error } = await explained('{ window: 2m, errors: 5% }', 10, 5000, 'json');
    expect([code, error]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({
      requestsPerSecond: 10,
      candidatePerSecond: 5,
      weight: 50,
      guards: { rule: 'evidence', windowMs: 120_000 },
      forecasts: [{ limit: { measure: 'errors', value: 0.05 }, requestsToProof: 70 }],
    });
    const nothing = await explained('{ errors: 5% }', 10, 0, 'json');
    expect([nothing.code, nothing.out]).toEqual([1, '']);
    expect(JSON.parse(nothing.error)).toMatchObject({ code: 'nothing-to-judge', status: 0 });
    const wrong = await explained('{ errors: much }', 10, 5000, 'json');
    expect([wrong.code, wrong.out]).toEqual([64, '']);
    expect(JSON.parse(wrong.error)).toMatchObject({
      code: 'bad-configuration',
      mistakes: [{ line: 3, key: 'guards.errors', got: '"much"', rule: expect.stringMatching(/^expected a share/) }],
    });
  });

  it('names the mistakes of a configuration, with 64', async () => {
    const { code, out, error } = await explained('{ errors: much }');
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(error).toContain('guards.errors');
  });

  it.each([
    ['5', 5],
    ['0.5', 0.5],
    ['0', null],
    ['-1', null],
    ['1e3', null],
    ['fast', null],
  ])('takes %s as the rate %s', (text, rate) => {
    expect(parseRate(text)).toBe(rate);
  });

  it('takes a share with its unit only', () => {
    expect([parseShareOption('5%'), parseShareOption('5')]).toEqual([500, null]);
  });
});

describe('the program', () => {
  const main = join(import.meta.dirname, '../../src/main.ts');
  const run = (...args: string[]) => spawnSync(process.execPath, [main, 'explain', ...args], { encoding: 'utf8' });

  it.each([
    [[], 'expected --config FILE or --state DIR'],
    [['--config', 'weir.yaml', '--rate', 'fast'], 'expected --rate 5'],
    [['--config', 'weir.yaml', '--share', '5'], 'expected --share 5%'],
    [['--state', 'state', '--event', 'last'], 'expected --event 7'],
  ])('ends with 2 when it is asked with %j', (args, message) => {
    const { status, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it('ends with 64 when the configuration that should name the journal is none', () => {
    expect(run('--config', join(dir, 'none.yaml'), '--event', '1').status).toBe(64);
  });
});

describe('weir explain --event', () => {
  const observed = observedOf([{ requests: 5, errors: 5 }]);
  const verdict = createJudge(GUARDS, SLOT_MS).judge(observed);
  const evidence = recordOf(GUARDS, SLOT_MS, observed);
  const { events } = acted([DECLARE, { kind: 'verdict', verdict, traceIds: [], evidence }]);

  async function explainedEvent(seq: number | null, lines: readonly object[] = events, format: Format = 'table') {
    await writeFile(join(dir, 'journal.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const { said, write } = listening();
    return { code: await explainEvent(dir, seq, format, write), ...said };
  }

  it('computes the verdict again and says that it agrees, by number or for the last reset', async () => {
    const { code, out } = await explainedEvent(2);
    expect(code).toBe(0);
    expect(out).toMatch(/errors {2}recorded {4}candidate failures 100 % > 0\.5 % \(5 of 5/);
    expect(out).toContain('the same\nthe verdict agrees with the recorded requests\n');
    expect(await explainedEvent(null)).toEqual({ code, out, error: '' });
  });

  it('says it as one JSON document', async () => {
    const { code, out } = await explainedEvent(2, events, 'json');
    expect(code).toBe(0);
    const [reason] = events[1]!.reasons;
    expect(JSON.parse(out)).toMatchObject({
      seq: 2,
      type: 'rolled-back',
      candidate: 'v1.3.0',
      reasons: [{ measure: 'errors', recorded: reason, recomputed: { samples: 5 }, same: true }],
      agrees: true,
    });
    expect(JSON.parse((await explainedEvent(9, events, 'json')).error)).toMatchObject({ code: 'nothing-to-explain' });
  });

  it('says so when the recorded reason is another', async () => {
    const [first, second] = events;
    const reasons = [{ ...second!.reasons[0]!, samples: 6 }];
    expect(await explainedEvent(2, [first!, { ...second, reasons }])).toMatchObject({
      code: 1,
      out: expect.stringContaining('NOT the same'),
    });
    expect((await explainedEvent(2, [first!, { ...second, reasons: [] }])).code).toBe(1);
  });

  it.each([
    ['an event without requests', 1, 'carries no requests'],
    ['an event that is not there', 9, 'has no event 9'],
  ])('has nothing to say about %s', async (_what, seq, message) => {
    const { code, error } = await explainedEvent(seq);
    expect(code).toBe(1);
    expect(error).toContain(message);
  });

  it('has nothing to say without a journal, or with one that cannot be read', async () => {
    const { said, write } = listening();
    expect(await explainEvent(join(dir, 'elsewhere'), 1, 'table', write)).toBe(1);
    expect(said.error).toContain('expected a journal at');
    expect(await explainedEvent(1, [{ nonsense: true }])).toMatchObject({ code: 1 });
  });
});
