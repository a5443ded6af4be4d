import { spawnSync } from 'node:child_process';
import { expect, describe, it } from 'vitest';
import { PHASES } from '../../src/model/rollout.ts';
import { reason, rolledBack, shifting, snapshotOf } from '../admin/fixtures.ts';
import { describeWith } from '../support-programs.ts';
import { filledMetrics, metricsOf, NO_ROLLBACKS, tally } from './fixtures.ts';

/** The names and labels that do not change: dashboards and alerts are written against them. */
const CONTRACT = {
  weir_requests_total: ['upstream', 'code_class'],
  weir_request_duration_seconds: ['upstream', 'le'],
  weir_request_failures_total: ['upstream', 'reason'],
  weir_client_aborts_total: [],
  weir_in_flight: ['upstream'],
  weir_weight_ratio: ['upstream'],
  weir_window_error_ratio: ['upstream'],
  weir_window_p95_seconds: ['upstream'],
  weir_evidence: ['guard'],
  weir_phase: ['phase'],
  weir_rollbacks_total: ['reason'],
  weir_shielded_total: [],
  weir_breaker_frozen: [],
  weir_last_rollback_timestamp_seconds: [],
  weir_config_last_reload_successful: [],
  weir_build_info: ['version', 'node'],
};

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** Series by name and labels, as Prometheus would read them. */
function seriesOf(text: string): Map<string, number> {
  return new Map(
    linesOf(text).map((line) => {
      const match = /^([a-z_0-9]+(?:\{[^}]*\})?) (\S+)$/.exec(line);
      if (match === null) throw new Error(`not a sample: ${line}`);
      return [match[1]!, Number(match[2])];
    }),
  );
}
const scraped = async (changes: Parameters<typeof metricsOf>[0] = {}) => seriesOf(await metricsOf(changes).scrape());

describe('the metrics', () => {
  it.each([
    ['weir_requests_total{upstream="stable",code_class="2xx"}', 90],
    ['weir_requests_total{upstream="candidate",code_class="none"}', 4],
    ['weir_request_failures_total{upstream="candidate",reason="timed-out"}', 4],
    ['weir_request_failures_total{upstream="stable",reason="reset"}', 0],
    ['weir_client_aborts_total', 11],
    ['weir_refused_total{reason="head"}', 12],
    ['weir_refused_total{reason="connections"}', 16],
    ['weir_shielded_total', 13],
    ['weir_in_flight{upstream="stable"}', 7],
    ['weir_tunnels{upstream="candidate"}', 9],
    ['weir_weight_ratio{upstream="stable"}', 0.95],
    ['weir_weight_ratio{upstream="candidate"}', 0.05],
    ['weir_window_error_ratio{upstream="stable"}', 1 / 950],
    ['weir_window_p95_seconds{upstream="stable"}', 0.12],
    ['weir_rollbacks_total{reason="errors"}', 2],
    ['weir_rollbacks_total{reason="p95"}', 0],
    ['weir_rollbacks_total{reason="worse-errors"}', 0],
    ['weir_split_suspect', 0],
    ['weir_last_rollback_timestamp_seconds', 1_700_000_000.5],
    ['weir_ready', 1],
    ['weir_journal_writable', 1],
    ['weir_journal_write_failures_total', 3],
    ['weir_build_info{version="0.1.0",node="v24.21.0"}', 1],
  ])('have %s', async (series, value) => {
    expect((await scraped()).get(series)).toBeCloseTo(value, 9);
  });

  it('have the latencies as a cumulative histogram', async () => {
    const series = await scraped();
    const of = (suffix: string) => series.get(`weir_request_duration_seconds${suffix}`);
    expect(of('_bucket{upstream="stable",le="0.1"}')).toBe(50);
    expect(of('_bucket{upstream="stable",le="0.3"}')).toBe(90);
    expect(of('_bucket{upstream="stable",le="1"}')).toBe(95);
    expect(of('_bucket{upstream="stable",le="+Inf"}')).toBe(96);
    expect(of('_count{upstream="stable"}')).toBe(96);
    expect(of('_sum{upstream="stable"}')).toBe(12.5);
  });

  it.each([shifting, rolledBack])('have one phase, out of all ($phase)', async (rollout) => {
    const series = await scraped({ look: () => snapshotOf(rollout) });
    const phases = PHASES.map((phase) => [phase, series.get(`weir_phase{phase="${phase}"}`)]);
    expect(Object.fromEntries(phases)).toEqual(
      Object.fromEntries(PHASES.map((phase) => [phase, phase === rollout.phase ? 1 : 0])),
    );
  });

  it('leave out what a window without requests cannot measure', async () => {
    const series = await scraped();
    expect(series.has('weir_window_error_ratio{upstream="candidate"}')).toBe(false);
    expect(series.has('weir_window_p95_seconds{upstream="candidate"}')).toBe(false);
  });

  it('have the evidence of each guard that weighs some, and of no other', async () => {
    const weighed = { ...reason, lnEvidence: -3.25 };
    const { lnEvidence: _none, ...plain } = { ...weighed, measure: 'p95' as const, limit: 300 };
    const verdict = { kind: 'inconclusive', reasons: [weighed, plain] } as const;
    const series = await scraped({ look: () => snapshotOf(shifting, { verdict, splitSuspicion: 'half of them' }) });
    expect(series.get('weir_evidence{guard="errors"}')).toBe(-3.25);
    expect(series.has('weir_evidence{guard="p95"}')).toBe(false);
    expect(series.get('weir_split_suspect')).toBe(1);
    expect(series.get('weir_limit_ratio{guard="errors"}')).toBe(0.005);
    expect(series.get('weir_limit_seconds{guard="p95"}')).toBe(0.3);
  });

  it('have no limits while nothing is judged', async () => {
    const series = await scraped();
    expect(series.has('weir_limit_ratio{guard="errors"}')).toBe(false);
    expect(series.has('weir_limit_seconds{guard="p95"}')).toBe(false);
  });

  it('say that Weir is not ready', async () => {
    expect((await scraped({ isReady: () => false })).get('weir_ready')).toBe(0);
  });

  it('say that the journal cannot be written, and that there was no rollback', async () => {
    const recording = { writable: false, error: 'ENOSPC', sinceMs: 0 } as const;
    const rollbacks = { byReason: NO_ROLLBACKS, lastAtMs: null };
    const series = await scraped({ look: () => snapshotOf(shifting, { recording }), rollbacks: () => rollbacks });
    expect(series.get('weir_journal_writable')).toBe(0);
    expect(series.get('weir_last_rollback_timestamp_seconds')).toBe(0);
  });

  it('are read anew, and once, at every scrape', async () => {
    let reads = 0;
    const metrics = metricsOf({ tally: () => ({ ...tally, clientAborts: ++reads }) });
    expect(seriesOf(await metrics.scrape()).get('weir_client_aborts_total')).toBe(1);
    expect(seriesOf(await metrics.scrape()).get('weir_client_aborts_total')).toBe(2);
  });

  it('give every scrape its own readings, also when two come at once', async () => {
    let reads = 0;
    const metrics = metricsOf({ tally: () => ({ ...tally, clientAborts: ++reads }) });
    const texts = await Promise.all([metrics.scrape(), metrics.scrape()]);
    expect(texts.map((text) => seriesOf(text).get('weir_client_aborts_total'))).toEqual([1, 2]);
  });

  it('fail as a whole when a reading fails, and recover', async () => {
    let isBroken = true;
    const metrics = metricsOf({
      look: () => {
        if (isBroken) throw new Error('no snapshot');
        return snapshotOf();
      },
    });
    await expect(metrics.scrape()).rejects.toThrow('no snapshot');
    isBroken = false;
    expect(seriesOf(await metrics.scrape()).get('weir_journal_writable')).toBe(1);
  });

  it('stay below 64 KB with every family filled and every number as long as it gets', async () => {
    const text = await filledMetrics().scrape();
    expect(linesOf(text).length).toBeGreaterThan(150);
    expect(Buffer.byteLength(text)).toBeLessThan(64_000);
  });

  it('include every metric that tools outside rely on, with exactly these labels', async () => {
    const text = await filledMetrics().scrape();
    const labelsOf = (name: string) => {
      if (!text.includes(`\n# TYPE ${name} `)) return null;
      const labels = [...text.matchAll(new RegExp(`^${name}(?:_bucket)?(?:\\{([^}]*)\\})? `, 'gm'))].flatMap(
        ([, set = '']) => [...set.matchAll(/(\w+)="/g)].map(([, label]) => label!),
      );
      return [...new Set(labels)];
    };
    expect(Object.fromEntries(Object.keys(CONTRACT).map((name) => [name, labelsOf(name)]))).toEqual(CONTRACT);
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    for (const [, name, type] of types) expect([name, type === 'counter']).toEqual([name, name!.endsWith('_total')]);
    expect(types.filter(([, , type]) => type === 'histogram')).toHaveLength(1);
  });

  it('never name a series twice', async () => {
    const lines = linesOf(await metricsOf().scrape());
    const names = lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
    expect(names.length).toBe(new Set(names).size);
  });
});

describeWith('promtool', 'apt-get install prometheus', 'the exposition', () => {
  it('has nothing that promtool would find fault with', async () => {
    const input = await metricsOf().scrape();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
