import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Prints prometheus/rules.yaml as a PrometheusRule, the form that the Prometheus Operator reads:
 *
 *   node prometheus/wrap.ts > k8s/monitoring/prometheus-rule.yaml
 *   node prometheus/wrap.ts --runbooks https://git.example.com/weir/blob/main/ > my-rule.yaml
 *
 * With `--runbooks` every `runbook_url` begins with that address, so that it can be followed from an alert.
 * The text is wrapped, not parsed and printed anew: comments stay, and a diff shows what changed.
 */
const HEAD = `# Made from prometheus/rules.yaml by \`node prometheus/wrap.ts\`; change that file, not this one.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: weir
  labels:
    app.kubernetes.io/name: weir
spec:
`;

/** The rules file as a PrometheusRule; `runbooks` is put before the path of each runbook section. */
export function wrapped(rules: string, runbooks = ''): string {
  const body = rules.replace(/^(?:#.*\n)+/, '').replaceAll(/(runbook_url: )/g, `$1${runbooks}`);
  return HEAD + body.replaceAll(/^(?=.)/gm, '  ');
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { runbooks: { type: 'string', default: '' } } });
  process.stdout.write(wrapped(readFileSync(join(import.meta.dirname, 'rules.yaml'), 'utf8'), values.runbooks));
}
