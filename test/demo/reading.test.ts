import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import { metricOf } from '../../src/demo/metric.ts';
import { rewrite } from '../../src/demo/rewrite.ts';
import { servingPorts } from '../../src/demo/serving.ts';

const file = join(import.meta.dirname, '../../config/demo.yaml');
const text = readFileSync(file, 'utf8');

describe('the configuration of the demo', () => {
  it('is valid, has a candidate, both guards and the shield, and listens on loopback alone', () => {
    const result = readConfig(text, file);
    if ('mistakes' in result) throw new Error(JSON.stringify(result.mistakes));
    const { config } = result;
    expect(config.candidate).not.toBeNull();
    expect(config.guards.errorsRatio).not.toBeNull();
    expect(config.guards.p95Ms).not.toBeNull();
    expect(config.shield).not.toBeNull();
    expect(Object.values(config.listen).map(({ host }) => host)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });

  it('differs in a copy only in what had to change, and keeps its comments', () => {
    const copy = rewrite(text, [
      { path: ['listen', 'admin'], from: '127.0.0.1:9901', to: '127.0.0.1:0' },
      { path: ['candidate', 'url'], from: 'http://127.0.0.1:3001', to: 'http://127.0.0.1:41001' },
    ]);
    const expected = text.replace('127.0.0.1:9901', '127.0.0.1:0').replace('127.0.0.1:3001', '127.0.0.1:41001');
    expect(readConfig(copy, file)).toEqual(readConfig(expected, file));
    expect(copy.match(/#/g)).toEqual(text.match(/#/g));
  });
});

describe('reading the log', () => {
  const serving = '{"level":"info","ports":{"traffic":1,"admin":2,"telemetry":3},"msg":"serving"}';

  it('finds the ports in the line that says it serves', () => {
    expect(servingPorts(`{"msg":"declared"}\n${serving}\n`)).toEqual({ traffic: 1, admin: 2, telemetry: 3 });
  });

  it('finds nothing before that line is there whole', () => {
    expect(servingPorts('')).toBeNull();
    expect(servingPorts(serving.slice(0, -1))).toBeNull();
  });
});

describe('reading a metric', () => {
  const exposition = [
    '# TYPE weir_rollbacks_total counter',
    'weir_rollbacks_total{reason="errors"} 1',
    'weir_rollbacks_total{reason="p95"} 2',
    'weir_requests_total{upstream="stable",code_class="2xx"} 5e3',
    'weir_client_aborts_total 0',
  ].join('\n');

  it('finds the sample with exactly these labels, in any order', () => {
    expect(metricOf(exposition, 'weir_rollbacks_total', { reason: 'p95' })).toBe(2);
    expect(metricOf(exposition, 'weir_requests_total', { code_class: '2xx', upstream: 'stable' })).toBe(5000);
    expect(metricOf(exposition, 'weir_client_aborts_total', {})).toBe(0);
  });

  it('finds nothing when a label is missing, other or too many', () => {
    expect(metricOf(exposition, 'weir_rollbacks_total', {})).toBeNull();
    expect(metricOf(exposition, 'weir_rollbacks_total', { reason: 'command' })).toBeNull();
    expect(metricOf(exposition, 'weir_client_aborts_total', { reason: 'p95' })).toBeNull();
    expect(metricOf(exposition, 'weir_rollbacks', { reason: 'p95' })).toBeNull();
  });
});
