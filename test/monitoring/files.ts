import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

/** What Weir brings for Prometheus and Grafana, as it lies in the repository. */
export const root = resolve(import.meta.dirname, '../..');
export const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Alert extends Rule {
  readonly alert: string;
}

export const RULES_FILE = 'prometheus/rules.yaml';
export const rules: readonly Rule[] = parse(textOf(RULES_FILE)).groups.flatMap(
  ({ rules: ofGroup }: { rules: readonly Rule[] }) => ofGroup,
);
export const alerts = rules.filter((rule): rule is Alert => rule.alert !== undefined);
export const recorded = rules.flatMap(({ record }) => (record === undefined ? [] : [record]));

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly instant: boolean;
  readonly range: boolean;
  readonly datasource: object;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly datasource?: object;
  readonly fieldConfig?: {
    readonly defaults: { readonly unit: string; readonly thresholds: object; readonly mappings: readonly object[] };
  };
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly datasource?: object;
}

export interface Dashboard {
  readonly id?: unknown;
  readonly uid?: unknown;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly expr: string; readonly datasource: object }[] };
}

export const dashboard: Dashboard = JSON.parse(textOf('grafana/weir.json'));
export const panels = dashboard.panels.filter(({ type }) => type !== 'row');

/** Everything in ```kind fences of a page. */
export function fencesOf(page: string, kind: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1]!);
}

/** The queries of a page, each on lines of its own. */
export const queriesOf = (page: string): string[] =>
  fencesOf(page, 'promql').flatMap((fence) => fence.split('\n').filter((line) => line !== ''));
