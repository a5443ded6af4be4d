import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { VERSION } from './build.ts';
import { until, withContainer } from './started.ts';

/** What the manifests run when a pod begins to end. */
const [sidecar] = (
  parse(readFileSync(new URL('../k8s/components/sidecar/deployment.yaml', import.meta.url), 'utf8')) as {
    spec: { template: { spec: { initContainers: { lifecycle: { preStop: { exec: { command: string[] } } } }[] } } };
  }
).spec.template.spec.initContainers;

/** A container under the restricted settings: who it is, what it may, how it ends. Returns what holds. */
export function checkRunning(scratch: string, commit: string): Promise<string[]> {
  return withContainer(scratch, async ({ exec, readyz, terminate, ended, ports }) => {
    const status = exec('cat', '/proc/1/status');
    assert.match(status, /^Uid:\t65532\b/m, 'the program is not root');
    assert.match(status, /^CapEff:\t0+$/m, 'it has no capability');
    assert.match(status, /^NoNewPrivs:\t1$/m, 'it can get none');
    assert.throws(() => exec('sh', '-c', 'echo > /opt/weir/x'), 'the root is read-only');
    exec('sh', '-c', 'echo > /var/lib/weir/x && rm /var/lib/weir/x && ls /var/lib/weir/state/journal.jsonl');
    assert.equal(exec('weir', '--version'), `${VERSION} (${commit})`);
    exec('weir', 'check', '/etc/weir/weir.yaml');
    exec('weir', 'status', '--admin', `http://127.0.0.1:${ports.admin}`);

    const { command } = sidecar!.lifecycle.preStop.exec;
    exec(...command);
    await until(
      async () => ((await readyz()) === 503 ? true : null),
      () => 'it is still ready',
    );
    exec('cat', '/proc/1/status');
    terminate();
    assert.equal(await ended, 0, 'it ends with 0');
    return [
      'user 65532, no capability, no new privileges, a read-only root, the journal in /var/lib/weir',
      `podman exec weir --version, check, status: ${VERSION} (${commit})`,
      `preStop (${command.join(' ')}): not ready, still serving`,
      'SIGTERM: drained, exit code 0',
    ];
  });
}
