import { DELIVERY_RESULTS } from '../src/model/notice.ts';
import { OUTCOMES, isCounted } from '../src/model/outcome.ts';
import { PHASES } from '../src/model/rollout.ts';
import { REFUSALS, STATUS_CLASSES } from '../src/model/tally.ts';
import { SIDES } from '../src/model/upstream.ts';
import { MEASURES } from '../src/model/verdict.ts';
import { FAMILIES } from '../src/tell/families.ts';
import { BUILD_FAMILY, LATENCY_FAMILY } from '../src/tell/metrics.ts';
import { ROLLBACK_REASONS } from '../src/tell/rollbacks.ts';
import { RUNTIME_FAMILIES } from '../src/tell/runtime.ts';
import { code, tableOf } from './markdown.ts';

/** The metrics' reference: every family with the values that its labels can have. */
interface Told {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** The closed sets of values, for a label everywhere or for that of one family. Empty: not Weir's to list. */
const LABEL_VALUES: Readonly<Record<string, readonly string[]>> = {
  upstream: SIDES,
  code_class: STATUS_CLASSES,
  phase: PHASES,
  'weir_evidence guard': MEASURES.filter((one) => one !== 'probe'),
  'weir_limit_ratio guard': ['errors'],
  'weir_limit_seconds guard': ['p95'],
  result: DELIVERY_RESULTS,
  'weir_request_failures_total reason': ['status', ...OUTCOMES.filter((one) => isCounted(one) && one !== 'answered')],
  'weir_refused_total reason': REFUSALS,
  'weir_rollbacks_total reason': ROLLBACK_REASONS,
  version: [],
  node: [],
};

export const valuesOf = (family: string, label: string): readonly string[] => {
  const values = LABEL_VALUES[`${family} ${label}`] ?? LABEL_VALUES[label];
  if (values === undefined) throw new Error(`expected the values of the label ${label} of ${family}`);
  return values;
};

export function metricsText(): string {
  const told: readonly Told[] = [...FAMILIES, LATENCY_FAMILY, BUILD_FAMILY];
  return [
    '## Weir',
    tableOf(['metric', 'type', 'labels', 'meaning'], told.map(rowOf)),
    '## The process',
    tableOf(['metric', 'type', 'labels', 'meaning'], RUNTIME_FAMILIES.map(rowOf)),
  ].join('\n\n');
}

function rowOf({ name, type, help, labels }: Told): string[] {
  const shown = labels.map((label) => {
    const values = valuesOf(name, label);
    return values.length === 0 ? code(label) : `${code(label)}: ${values.join(', ')}`;
  });
  return [code(name), type, shown.join('; '), help];
}
