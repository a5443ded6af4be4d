import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runDrill } from '../../src/drill/drill.ts';
import { systemClock } from '../../src/support/clock.ts';
import { newId, systemRandom } from '../../src/support/random.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';

const silence = (): void => {};
const log = { debug: silence, info: silence, warn: silence, error: silence };
const world = { clock: systemClock, random: systemRandom, newId, log, version: 'test' };

async function drilled(text: string, format: 'table' | 'json' = 'table') {
  const file = join(temporaryDirectory(), 'weir.yaml');
  writeFileSync(file, text);
  let out = '';
  let error = '';
  const write = { out: (more: string) => void (out += more), error: (more: string) => void (error += more) };
  return { code: await runDrill(file, world, format, write), out, error };
}

it('the drill shows that every fault is found, mended and started again, and that the breaker freezes', async () => {
  const { code, out, error } = await drilled(
    'service: shop\nstable: { version: v1, url: "http://127.0.0.1:1" }\ncandidate: { version: v2, url: "http://127.0.0.1:2" }\nweight: 50%\nguards: { window: 20s, errors: 1%, p95: 1s, falseRollback: 1h }\n',
  );
  expect([code, error]).toEqual([0, '']);
  expect(out.match(/^ok {2}/gm)).toHaveLength(9);
  expect(out).toContain('in a row: frozen; automation is frozen: 3 automatic rollbacks');
  expect(out).not.toContain('"type"');
});

it('the drill of a wrong configuration ends with 64 and what is wrong', async () => {
  const { code, error } = await drilled('service: 5');
  expect(code).toBe(64);
  expect(error).toContain('stable');
});

it('the drill as JSON is one document with a rehearsal each, or with what is wrong', async () => {
  const { code, out, error } = await drilled(
    'service: shop\nstable: { version: v1, url: "http://127.0.0.1:1" }\ncandidate: { version: v2, url: "http://127.0.0.1:2" }\nweight: 50%\nguards: {}\nbreaker: { rollbacks: 99 }\n',
    'json',
  );
  expect(error).toBe('');
  const told = JSON.parse(out) as { holds: boolean; rehearsals: { scene: string; holds: boolean }[] };
  expect(told.rehearsals.length).toBeGreaterThan(0);
  expect(told.rehearsals.every(({ holds }) => holds)).toBe(told.holds);
  expect(code).toBe(told.holds ? 0 : 1);
  const wrong = await drilled('service: 5', 'json');
  expect([wrong.code, wrong.out]).toEqual([64, '']);
  expect(JSON.parse(wrong.error)).toMatchObject({ code: 'bad-configuration' });
});
