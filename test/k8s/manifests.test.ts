import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IPodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { containersOf, podsOf, podWithWeir, weirOf } from './pods.ts';
import type { Kustomization } from './rendered.ts';
import { manifestsOf } from './rendered.ts';

const EXAMPLES = ['base', 'dev', 'production', 'fleet', 'before-1.29'] as const satisfies Kustomization[];

function configOf(name: Kustomization): Config {
  const map = manifestsOf(name).find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'weir');
  const result = readConfig(map?.data?.['weir.yaml'] ?? '', 'weir.yaml');
  if ('mistakes' in result) throw new Error(JSON.stringify(result.mistakes));
  return result.config;
}

interface Kinds {
  readonly Service: IService;
  readonly NetworkPolicy: INetworkPolicy;
  readonly PodMonitor: IPodMonitor;
}

function the<K extends keyof Kinds>(name: Kustomization, kind: K, called: string): Kinds[K] {
  const found = manifestsOf(name).find((manifest) => manifest.kind === kind && manifest.metadata.name === called);
  if (found === undefined) throw new Error(`${name} has no ${kind} ${called}`);
  return found as unknown as Kinds[K];
}

describe.each(EXAMPLES)('%s', (name) => {
  const config = configOf(name);
  const pod = podWithWeir(name);
  const weir = weirOf(pod)!;

  it('keeps to the restricted Pod Security Standard', () => {
    for (const { spec, ...each } of podsOf(name)) {
      const containers = containersOf({ spec, ...each });
      expect([spec.hostNetwork, spec.hostPID, spec.hostIPC]).toEqual([undefined, undefined, undefined]);
      const kinds = (spec.volumes ?? []).flatMap((volume) => Object.keys(volume)).filter((key) => key !== 'name');
      expect(kinds.filter((kind) => !['configMap', 'emptyDir', 'secret'].includes(kind))).toEqual([]);
      for (const { securityContext, ports } of containers) {
        expect(securityContext?.allowPrivilegeEscalation).toBe(false);
        expect(securityContext?.capabilities).toEqual({ drop: ['ALL'] });
        expect(securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot).toBe(true);
        expect(securityContext?.runAsUser ?? spec.securityContext?.runAsUser).toBeGreaterThan(0);
        expect((securityContext?.seccompProfile ?? spec.securityContext?.seccompProfile)?.type).toBe('RuntimeDefault');
        expect(securityContext?.readOnlyRootFilesystem).toBe(true);
        expect((ports ?? []).filter(({ hostPort }) => hostPort !== undefined)).toEqual([]);
      }
      expect(spec.automountServiceAccountToken).toBe(false);
    }
  });

  it('gives every container requests and a limit of memory, and none a limit of CPU', () => {
    for (const { resources } of podsOf(name).flatMap(containersOf)) {
      expect(resources?.requests).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
      expect(Object.keys(resources?.limits ?? {})).toEqual(['memory']);
    }
  });

  it('gives Weir the user and the state folder of the image', () => {
    const dockerfile = readFileSync(resolve(import.meta.dirname, '../../Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`USER ${weir.securityContext?.runAsUser}:${weir.securityContext?.runAsGroup}`);
    const state = weir.volumeMounts?.find(({ name: volume }) => volume === 'weir-state');
    expect(dockerfile).toContain(`VOLUME ${state?.mountPath}\n`);
    expect(config.journal.dir.startsWith(`${state?.mountPath}/`)).toBe(true);
  });

  it('leaves enough time for the application to wait and for Weir to drain', () => {
    const graceMs = (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    const { sleep, exec } = pod.spec.containers.find((each) => each.name !== 'weir')!.lifecycle!.preStop!;
    const waitMs = Number(sleep?.seconds ?? exec?.command?.[1]) * 1000;
    const { drainMs } = config.timeouts;
    if (weir.restartPolicy === 'Always') {
      // One after the other: the application's wait and shutdown, then Weir.
      expect(graceMs).toBeGreaterThanOrEqual(waitMs + drainMs + 15_000);
    } else {
      // At the same time: the application must be the last.
      expect(waitMs).toBeGreaterThan(drainMs);
      expect(graceMs).toBeGreaterThanOrEqual(waitMs + 15_000);
    }
  });

  it('shows Kubernetes the ports of the configuration, but for the admin port, which is on loopback', () => {
    const ports = Object.fromEntries((weir.ports ?? []).map((port) => [port.name, port.containerPort]));
    expect(ports).toEqual({
      'weir-traffic': config.listen.traffic.port,
      'weir-telemetry': config.listen.telemetry.port,
    });
    expect(config.listen.admin.host).toBe('127.0.0.1');
    expect([config.listen.traffic.host, config.listen.telemetry.host]).toEqual(['0.0.0.0', '0.0.0.0']);
  });

  it('sends the Service to Weir, stable to the same pod, and the candidate to its own Service', () => {
    const front = the(name, 'Service', 'checkout');
    // By number: before Kubernetes 1.33 a Service does not find the named port of a native sidecar.
    expect(front.spec?.ports?.[0]?.targetPort).toBe(config.listen.traffic.port);
    expect(pod.labels).toMatchObject(front.spec!.selector!);
    const [application] = pod.spec.containers.filter((each) => each.name !== 'weir');
    expect(config.stable.url).toBe(`http://127.0.0.1:${application!.ports![0]!.containerPort}`);

    const behind = the(name, 'Service', new URL(config.candidate!.url).hostname);
    expect(behind.spec?.ports?.[0]).toMatchObject({ port: 80, targetPort: 'http' });
    const reached = podsOf(name).filter(({ labels }) =>
      Object.entries(behind.spec!.selector!).every(([label, value]) => labels[label] === value),
    );
    expect(reached.map(({ deployment }) => deployment)).toEqual(['checkout-candidate']);
  });

  it('lets a pod of the candidate serve on until nobody sends it anything, and end after that', () => {
    const { spec } = podsOf(name).find(({ deployment }) => deployment === 'checkout-candidate')!;
    const { sleep, exec } = spec.containers[0]!.lifecycle!.preStop!;
    const waitSeconds = Number(sleep?.seconds ?? exec?.command?.[1]);
    expect(waitSeconds).toBeGreaterThanOrEqual(10);
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(waitSeconds + 15);
    // Clusters without native sidecars have no `sleep` of their own either.
    expect(sleep === undefined).toBe(weir.restartPolicy !== 'Always');
  });

  it('names the versions of its images in the configuration', () => {
    const released = podsOf(name).filter(({ labels }) => labels['track'] !== undefined);
    const tags = released.map(({ spec }) => /:([^:@]+)$/.exec(spec.containers.at(-1)!.image!)?.[1]);
    expect([config.stable.version, config.candidate?.version]).toEqual(tags);
  });

  it('keeps the name of the ConfigMap when it is edited, so that pods stay and Weir reads it again', () => {
    const [volume] = (pod.spec.volumes ?? []).filter(({ configMap }) => configMap !== undefined);
    expect(volume?.configMap?.name).toBe('weir');
    const mount = weir.volumeMounts?.find((each) => each.name === volume?.name);
    expect(mount).toEqual({ name: 'weir-config', mountPath: '/etc/weir', readOnly: true });
    expect(weir.args).toContain('--config=/etc/weir/weir.yaml');
  });

  it('lets in what must come in, and the candidate only from Weir', () => {
    const stable = the(name, 'NetworkPolicy', 'checkout').spec!;
    const ports = stable.ingress!.flatMap((rule) => rule.ports!.map(({ port }) => port));
    expect(ports).toEqual([config.listen.traffic.port, config.listen.telemetry.port]);
    expect(pod.labels).toMatchObject(stable.podSelector!.matchLabels!);
    const candidate = the(name, 'NetworkPolicy', 'checkout-candidate').spec!;
    expect(pod.labels).toMatchObject(candidate.ingress![0]!.from![0]!.podSelector!.matchLabels!);
  });
});

describe('production', () => {
  it('scrapes Weir in the pods that have it', () => {
    const { spec } = the('production', 'PodMonitor', 'checkout');
    const pod = podWithWeir('production');
    expect(pod.labels).toMatchObject(spec.selector.matchLabels ?? {});
    const { port, path } = spec.podMetricsEndpoints![0]!;
    expect(weirOf(pod)!.ports!.map((each) => each.name)).toContain(port);
    expect(path).toBe('/metrics');
  });
});
