import type { RequestListener } from 'node:http';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isInstalled } from '../installed.ts';
import { rowsOf, sectionOf } from '../markdown.ts';
import { ask } from '../sidecar/client.ts';
import { eventually } from '../sidecar/eventually.ts';
import { redisFor, startMember } from '../sidecar/fleet-of.ts';
import { startLoad } from '../sidecar/load.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';
import { failing, startUpstream } from '../sidecar/upstream.ts';
import { startWeir } from '../sidecar/weir.ts';
import { describeWith } from '../support-programs.ts';
import { alerts, dashboard, panels, queriesOf, recorded, rules, textOf } from './files.ts';
import type { Prometheus } from './prometheus.ts';
import { startPrometheus } from './prometheus.ts';

/** A query of the dashboard with "All" chosen everywhere, at a rate interval that fits a scrape a second. */
const chosen = (query: string) => query.replaceAll('$__rate_interval', '10s').replaceAll(/"\$\w+"/g, '".*"');

/** Passes its probe and fails everybody else. */
const failingButAlive: RequestListener = (request, response) =>
  request.url === '/healthz' ? void response.end('well') : failing(request, response);

/** Two sidecars of one service under load: one is rolled back twice, so that its breaker freezes, the other goes on. */
async function playOn() {
  const folder = temporaryDirectory();
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const common = {
    stable: stable.url,
    candidate: candidate.url,
    weight: '50%',
    guards: { window: '10s', errors: '5%', p95: '300ms' },
  };
  const more = { probe: { path: '/healthz', every: '1s' }, breaker: { rollbacks: 1, within: '1h' } };
  const judged = { ...common, state: join(folder, 'judged'), more };
  const unjudged = { ...common, weight: '20%', state: join(folder, 'unjudged'), guards: { errors: null, p95: null } };
  // Where its state directory should be lies a file, for now.
  writeFileSync(unjudged.state, 'in its place');
  const [weir, other] = [await startWeir(judged), await startWeir(unjudged)];
  // A third one, which gets no requests, is a fleet of one.
  const member = isInstalled('redis-server')
    ? [await startMember({ stable: stable.url }, (await redisFor()).port, 'alone')]
    : [];
  return { candidate, judged, unjudged, weir, other, member };
}

describeWith('prometheus', 'apt-get install prometheus', 'a real Prometheus beside two sidecars', () => {
  it('has an answer to every query of the dashboard, the rules and the runbook', async () => {
    const { candidate, judged, unjudged, weir, other, member } = await playOn();
    const prometheus = await startPrometheus({
      checkout: [weir, other, ...member].map(({ ports }) => ports.telemetry),
    });
    const { expectSeen, stateOf } = observing(prometheus);

    // Before any request: the candidate has a weight and no data; one journal cannot be written.
    await eventually(() => expectSeen('WeirCandidateWithoutRequests', 'WeirJournalNotWritable', 'WeirWeightsDiffer'));
    rmSync(unjudged.state);
    await weir.reload({ ...judged, weight: '200%' });
    await expect(weir.change('PUT', '/v1/weights', { candidate: 50 })).resolves.toMatchObject({ status: 200 });

    const loads = [weir, other].map(({ traffic }) => startLoad(traffic, { perSecond: 50 }));
    await eventually(async () => {
      expect(await prometheus.overTime('sum by (upstream) (rate(weir_requests_total[10s])) > 0')).toHaveLength(2);
      expect(await prometheus.overTime('weir_evidence')).not.toEqual([]);
    });

    candidate.answer = failingButAlive;
    const rolledBack = () => eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
    await rolledBack();
    await eventually(() => expectSeen('WeirRolledBack'));
    const again = { version: 'v2', url: candidate.url };
    expect(await weir.change('POST', '/v1/rollout', again)).toMatchObject({ status: 200 });
    await rolledBack();
    await eventually(() => expectSeen('WeirBreakerFrozen', 'WeirConfigurationRefused', 'WeirJournalWriteFailed'));

    // What is seen of one series by now need not be of the others, which come with the next scrape or rule.
    await eventually(() => expectNoEmptyPanel(prometheus));
    await eventually(() => expectAnswers(prometheus));
    await expectFewSeries(prometheus, (await ask(`http://127.0.0.1:${weir.ports.telemetry}/metrics`)).text);

    // What fires says so in words, with nothing left to fill in.
    await eventually(async () => expect(await stateOf('WeirRolledBack')).toBe('firing'));
    const told = await eventually(async () => {
      const raised = (await prometheus.rules()).flatMap(({ alerts: ofRule = [] }) => ofRule);
      expect(raised.length).toBeGreaterThan(4);
      return raised.map(({ annotations }) => annotations);
    });
    expect(JSON.stringify(told)).not.toMatch(/\{\{|<no value>|error/);

    await Promise.all(loads.map((load) => load.stop()));
    await other.stop();
    await eventually(() => expectSeen('WeirDown'));
    await eventually(async () =>
      expect((await prometheus.rules()).filter(({ health }) => health !== 'ok')).toEqual([]),
    );
  });
});

function observing(prometheus: Prometheus) {
  const stateOf = async (name: string) => (await prometheus.rules()).find((rule) => rule.name === name)?.state;
  async function expectSeen(...names: string[]): Promise<void> {
    const seen = await prometheus.overTime('ALERTS');
    expect(seen.map(({ metric }) => metric['alertname'])).toEqual(expect.arrayContaining(names));
  }
  return { stateOf, expectSeen };
}

/** Without a store there is no fleet to be seen. */
const isUnasked = (expr: string): boolean => expr.includes('weir_fleet_') && !isInstalled('redis-server');

async function expectNoEmptyPanel(prometheus: Prometheus): Promise<void> {
  const empty: string[] = [];
  for (const { title, targets = [] } of panels) {
    for (const { expr, refId } of targets) {
      if (isUnasked(expr)) continue;
      if ((await prometheus.overTime(chosen(expr))).length === 0) empty.push(`${title} ${refId}: ${expr}`);
    }
  }
  for (const { expr } of dashboard.annotations.list) {
    if ((await prometheus.overTime(chosen(expr))).length === 0) empty.push(`annotation: ${expr}`);
  }
  expect(empty).toEqual([]);
}

/** Every recorded series has data, and so has all that the conditions of alerts and the runbook's queries look at. */
async function expectAnswers(prometheus: Prometheus): Promise<void> {
  const empty: string[] = [];
  const asked = [...rules.map(({ expr }) => expr), ...queriesOf(textOf('docs/runbook.md'))];
  for (const query of new Set([...recorded, ...asked.flatMap(withoutConditions)])) {
    if (isUnasked(query)) continue;
    if ((await prometheus.overTime(query)).length === 0) empty.push(query);
  }
  expect(empty).toEqual([]);
  const loaded = (await prometheus.rules()).map(({ name }) => name);
  expect(loaded.toSorted()).toEqual([...recorded, ...alerts.map(({ alert }) => alert)].toSorted());
}

/** The vectors that an expression looks at, without what it compares them with. */
function withoutConditions(expr: string): string[] {
  return [...expr.matchAll(/[\w:]*(?:weir_|process_)[\w:]*(?:\{[^}]*\})?(?:\[\w+\])?/g)].map(([selector]) =>
    selector.includes('[') ? `count_over_time(${selector})` : selector,
  );
}

/** A sidecar costs no more than docs/monitoring.md says, and not so much less that the numbers would be idle. */
async function expectFewSeries(prometheus: Prometheus, exposition: string): Promise<void> {
  const rows = rowsOf(sectionOf(textOf('docs/monitoring.md'), 'How many series'));
  const limits = rows.map(([, limit = '']) => Number(limit));
  const own = '__name__=~"(?:weir|process|nodejs)_.*"';
  const series = await prometheus.overTime(`max(count by (instance) ({${own}}))`);
  const histogram = exposition.split('\n').filter((line) => line.startsWith('weir_request_duration_seconds'));
  const measured = [Math.max(...series.flatMap(({ values }) => values)), histogram.length];
  expect(limits).toHaveLength(measured.length);
  for (const [index, value] of measured.entries()) {
    expect(value).toBeLessThanOrEqual(limits[index]!);
    expect(value).toBeGreaterThan(limits[index]! * 0.8);
  }
}
