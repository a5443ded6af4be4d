import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { Kustomization } from './rendered.ts';
import { manifestsOf } from './rendered.ts';

/** A pod of a Deployment or a StatefulSet, with its name and labels. */
export interface Pod {
  readonly deployment: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: Readonly<Record<string, string>>;
  readonly spec: IPodSpec;
}

export function podsOf(name: Kustomization): Pod[] {
  return manifestsOf(name)
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map((manifest) => {
      const { metadata, spec } = manifest as unknown as IDeployment;
      return {
        deployment: metadata?.name ?? '',
        labels: spec?.template.metadata?.labels ?? {},
        selector: spec?.selector.matchLabels ?? {},
        spec: spec!.template.spec!,
      };
    });
}

export const containersOf = ({ spec }: Pod): IContainer[] => [...(spec.initContainers ?? []), ...spec.containers];
export const weirOf = (pod: Pod): IContainer | undefined => containersOf(pod).find(({ name }) => name === 'weir');

/** The pod that Weir stands in. */
export function podWithWeir(name: Kustomization): Pod {
  const pod = podsOf(name).find((candidate) => weirOf(candidate) !== undefined);
  if (pod === undefined) throw new Error(`${name} has no pod with Weir`);
  return pod;
}
