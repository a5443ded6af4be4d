import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { scenesOf, slowMsOf } from '../../src/drill/faults.ts';
import { tableOf } from '../../src/drill/report.ts';

function configWith(guards: object): Config {
  const result = readConfig(
    JSON.stringify({ service: 's', stable: { version: 'v1', url: 'http://127.0.0.1:1' }, guards }),
    '',
  );
  if ('mistakes' in result) throw new Error(JSON.stringify(result.mistakes));
  return result.config;
}

const expected = (guards: object) =>
  Object.fromEntries(scenesOf(configWith(guards)).map((scene) => [scene.name, scene.expected]));

describe('what the drill expects', () => {
  it('is that everything is detected which the limits speak of', () => {
    const all = expected({ errors: '0.5%', p95: '300ms' });
    expect(all['everything fails alike']).toBe('either');
    expect(Object.entries(all).filter(([, what]) => what !== 'rolled back')).toHaveLength(1);
  });

  it('is nothing of a limit that is off', () => {
    expect(expected({ errors: '0.5%', p95: null })['candidate is slow']).toBe('left alone');
    expect(expected({ errors: null, p95: '300ms' })).toMatchObject({
      'candidate answers 500': 'left alone',
      'candidate hangs': 'rolled back',
    });
    expect(expected({ errors: '10%', p95: null })['candidate fails 5 %']).toBe('either');
  });

  it('has slow answers slower than the limit', () => {
    expect(slowMsOf(configWith({ p95: '300ms' }))).toBeGreaterThan(300);
  });
});

it('the table says of each rehearsal whether it went as expected', () => {
  const row = {
    scene: 'candidate answers 500',
    expected: 'rolled back',
    found: 'rolled back',
    detectedMs: 80,
    failures: 2,
  };
  const rest = { slow: 0, candidatePercent: 0, isBack: true, reason: '' };
  const lines = tableOf([
    { ...row, ...rest, holds: true },
    { ...row, ...rest, found: 'left alone', detectedMs: null, holds: false },
  ]);
  expect(lines[1]).toMatch(/^ok {3}candidate answers 500 {2}rolled back {2}rolled back {2}0.08 s/);
  expect(lines[2]).toMatch(/^NOT {2}candidate answers 500 {2}rolled back {2}left alone {3} +-/);
});
