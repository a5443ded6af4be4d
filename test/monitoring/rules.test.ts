import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { programOf } from '../../src/run/program.ts';
import { wrapped } from '../../prometheus/wrap.ts';
import { differences, firstNames, rowsOf, sectionOf } from '../markdown.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';
import { describeWith } from '../support-programs.ts';
import { alerts, fencesOf, queriesOf, recorded, root, rules, RULES_FILE, textOf } from './files.ts';
import { strangersIn } from './selectors.ts';

const RULE_FORM = 'k8s/monitoring/prometheus-rule.yaml';
const runbook = textOf('docs/runbook.md');
const monitoring = textOf('docs/monitoring.md');
const names = alerts.map(({ alert }) => alert);

function promtool(...given: string[]) {
  const { status, stdout, stderr } = spawnSync('promtool', given, { cwd: root, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

/** The outcome of a check of this text by promtool. */
function promtoolOn(text: string, ...given: string[]) {
  const file = join(temporaryDirectory(), 'file.yaml');
  writeFileSync(file, text);
  return promtool(...given, file);
}

describeWith('promtool', 'apt-get install prometheus', 'the rules, by promtool,', () => {
  it('are well formed', () => {
    const { status, said } = promtool('check', 'rules', RULES_FILE);
    expect([status, said]).toEqual([0, expect.stringContaining(`SUCCESS: ${rules.length} rules found`)]);
  });

  it('fire when they should, and only then', () => {
    const { status, said } = promtool('test', 'rules', 'prometheus/rules.test.yaml');
    expect(status, said).toBe(0);
  });

  it('fail their cases when an alert comes too late', () => {
    const late = textOf(RULES_FILE).replaceAll(/for: \d+m/g, 'for: 3h');
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'rules.yaml'), late);
    writeFileSync(join(folder, 'rules.test.yaml'), textOf('prometheus/rules.test.yaml'));
    expect(promtool('test', 'rules', join(folder, 'rules.test.yaml')).status).not.toBe(0);
  });

  it.each([
    ['docs/runbook.md', runbook],
    ['docs/monitoring.md', monitoring],
  ])('are like the queries of %s: all can be parsed', (_page, text) => {
    const queries = queriesOf(text).map((expr, index) => ({ record: `query_${index}`, expr }));
    const file = JSON.stringify({ groups: [{ name: 'queries', rules: queries }] });
    const { status, said } = promtoolOn(file, 'check', 'rules');
    expect(status, said).toBe(0);
  });

  it('are named by a scrape configuration for hosts that Prometheus takes', () => {
    const [example = ''] = fencesOf(monitoring, 'yaml');
    const { status, said } = promtoolOn(example, 'check', 'config', '--syntax-only');
    expect(status, said).toBe(0);
  });
});

describe('every alert', () => {
  it.each(alerts)('$alert has a severity, words and a section of the runbook', ({ alert, labels, annotations }) => {
    expect(labels).toEqual({ severity: expect.stringMatching(/^(critical|warning)$/) });
    expect(annotations).toEqual({
      summary: expect.stringMatching(/\{\{ \$labels\.\w+ \}\}/),
      description: expect.stringMatching(/\.$/),
      runbook_url: `docs/runbook.md#${alert.toLowerCase()}`,
    });
    const section = sectionOf(runbook, alert);
    expect(section.trim().toLowerCase()).toMatch(new RegExp(`^${labels?.['severity']}\\. `));
    for (const part of ['Meaning', 'First look', 'What to do', 'When to ignore']) {
      expect(section).toContain(`**${part}.**`);
    }
  });

  it('has its section, and no section is of another', () => {
    const sections = [...runbook.matchAll(/^## (\w+)$/gm)].map((match) => match[1]!);
    expect(differences('docs/runbook.md', sections, `an alert of ${RULES_FILE}`, names)).toEqual([]);
  });

  it('fires in one case of prometheus/rules.test.yaml and is quiet in another', () => {
    interface Check {
      readonly expr: string;
      readonly exp_samples: readonly unknown[];
    }
    const cases: readonly { promql_expr_test?: readonly Check[] }[] = parse(textOf('prometheus/rules.test.yaml')).tests;
    const seen = (isFiring: boolean) =>
      cases
        .flatMap(({ promql_expr_test: checks = [] }) => checks)
        .filter(({ exp_samples: samples }) => samples.length > 0 === isFiring)
        .flatMap(({ expr }) => /^ALERTS\{alertname="(\w+)",alertstate="firing"\}$/.exec(expr)?.[1] ?? []);
    expect(differences('the cases that fire', seen(true), 'an alert', names)).toEqual([]);
    expect(differences('the cases that do not fire', seen(false), 'an alert', names)).toEqual([]);
  });
});

describe('every metric', () => {
  it.each([
    [RULES_FILE, rules.map(({ expr }) => expr)],
    ['docs/runbook.md', [runbook]],
    ['docs/monitoring.md', [monitoring]],
  ])('that %s names is in /metrics, with the labels asked for', async (_file, expressions) => {
    expect(await strangersIn(expressions)).toEqual([]);
  });

  it('is missed when it leaves the program', async () => {
    expect(await strangersIn(['weir_gone == 1', 'weir_phase{phase="gone"}', 'weir_ready{upstream="stable"}'])).toEqual([
      'weir_gone is not a metric in /metrics',
      'weir_phase never has phase="gone"',
      'weir_ready has no label upstream',
    ]);
  });

  it('that is recorded is told in docs/monitoring.md, and no other', () => {
    const documented = firstNames(rowsOf(sectionOf(monitoring, 'Rules')));
    expect(differences('docs/monitoring.md, "Rules",', documented, `recorded in ${RULES_FILE}`, recorded)).toEqual([]);
  });

  it('that is recorded and named anywhere is one of these', () => {
    const text = [textOf(RULES_FILE), textOf('grafana/weir.json'), runbook, monitoring].join('\n');
    const named = [...text.matchAll(/\b\w+:weir_\w+:\w+/g)].map(([name]) => name);
    expect(differences('the files', named, 'recorded', recorded)).toEqual([]);
  });
});

describe('the PrometheusRule', () => {
  it('is the plain rules file as `node prometheus/wrap.ts` wraps it', () => {
    expect(textOf(RULE_FORM)).toBe(wrapped(textOf(RULES_FILE)));
  });

  it('says the same to a parser', () => {
    const { kind, spec } = parse(textOf(RULE_FORM)) as { kind: string; spec: unknown };
    expect([kind, spec]).toEqual(['PrometheusRule', parse(textOf(RULES_FILE))]);
  });

  it('leads to the runbook wherever that is', () => {
    const text = wrapped(textOf(RULES_FILE), 'https://git.example.com/weir/blob/main/');
    const links = [...text.matchAll(/runbook_url: (\S+)/g)].map((match) => match[1]!);
    expect(links).toEqual(
      names.map((name) => `https://git.example.com/weir/blob/main/docs/runbook.md#${name.toLowerCase()}`),
    );
  });
});

describe('the runbook', () => {
  const verbs = programOf({ environment: {}, end: () => {} }, { version: '0.0.0', commit: 'test' }).commands.map(
    (command) => command.name(),
  );

  it('names only verbs that the program has', () => {
    const named = [...runbook.matchAll(/`weir\s([a-z][\w-]*)/g)].map((match) => match[1]!);
    expect(named.filter((verb) => !verbs.includes(verb))).toEqual([]);
  });
});
