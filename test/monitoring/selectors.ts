import { fleetLook, reason, shifting, snapshotOf } from '../admin/fixtures.ts';
import { metricsOf } from '../tell/fixtures.ts';

/** A metric as an expression asks for it: its name, and the label matchers that follow. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly { readonly label: string; readonly relation: string; readonly value: string }[];
}

/** What the scrape configuration adds to every series. */
export const SCRAPE_LABELS = ['namespace', 'job', 'pod', 'instance'];

/** The metrics of Weir in a PromQL expression. Recorded series, which have colons in their names, are none of them. */
export function selectorsOf(expression: string): Selector[] {
  const found = expression.matchAll(/(?<![\w:])((?:weir|process|nodejs)_[a-z0-9_]+)(?![\w:])(?:\{([^}]*)\})?/g);
  return [...found].map(([, name = '', inside = '']) => ({
    name,
    matchers: [...inside.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
      ([, label = '', relation = '', value = '']) => ({
        label,
        relation,
        value,
      }),
    ),
  }));
}

/** The values of each label of each metric, as `/metrics` shows them when there is something of everything. */
export async function exposedLabels(): Promise<Map<string, Map<string, Set<string>>>> {
  const probe = { up: true, failures: 0, of: 5, passes: 3, last: '200' };
  const reasons = [
    { ...reason, lnEvidence: -1 },
    { ...reason, measure: 'p95' as const, limit: 300, lnEvidence: -1 },
  ];
  const summary = { requests: 10, errors: 0, errorRatio: 0, p95Ms: 20 };
  const look = () =>
    snapshotOf(shifting, {
      verdict: { kind: 'inconclusive', reasons },
      probes: { stable: probe, candidate: probe },
      windows: { stable: summary, candidate: summary },
      fleet: fleetLook,
    });
  const exposed = new Map<string, Map<string, Set<string>>>();
  for (const [, name = '', inside = ''] of (await metricsOf({ look }).scrape()).matchAll(/^(\w+)(?:\{([^}]*)\})? /gm)) {
    const labels = exposed.get(name) ?? new Map<string, Set<string>>();
    exposed.set(name, labels);
    for (const [, label = '', value = ''] of inside.matchAll(/(\w+)="([^"]*)"/g)) {
      labels.set(label, (labels.get(label) ?? new Set()).add(value));
    }
  }
  return exposed;
}

/**
 * One sentence for each metric, label or value in the expressions that the program does not have.
 */
export async function strangersIn(expressions: readonly string[]): Promise<string[]> {
  const exposed = await exposedLabels();
  const sentences = expressions.flatMap(selectorsOf).flatMap(({ name, matchers }) => {
    const labels = exposed.get(name);
    if (labels === undefined) return [`${name} is not a metric in /metrics`];
    return matchers.flatMap(({ label, relation, value }) => {
      if (SCRAPE_LABELS.includes(label)) return [];
      const values = labels.get(label);
      if (values === undefined) return [`${name} has no label ${label}`];
      const wanted = relation.includes('~') ? value.split('|') : [value];
      return wanted.filter((each) => !values.has(each)).map((each) => `${name} never has ${label}="${each}"`);
    });
  });
  return [...new Set(sentences)];
}
