import { quoted } from '../support/quote.ts';
import { change } from './change.ts';
import type { ChangeOptions, Operation } from './operation.ts';

/** A release as the options describe it. */
export interface ReleaseOptions {
  readonly url: string;
  readonly image?: string;
  readonly commit?: string;
  readonly configHash?: string;
}

/** A step as the API takes it. */
export interface StepAsked {
  /** Percent. */
  readonly weight: number;
  readonly hold: string;
  readonly gate?: { readonly url: string };
}

export type StartOptions = ReleaseOptions & ChangeOptions & { readonly plan?: readonly StepAsked[] };

/** Sends a candidate out, on its own plan, or the file's. */
export function start(operation: Operation, version: string, options: StartOptions): Promise<number> {
  const { plan } = options;
  const body = { ...releaseOf(version, options), ...(plan !== undefined && { plan }) };
  return change(operation, { method: 'POST', path: '/v1/rollout', body }, options);
}

/** The release as the API takes it; what is undefined is no key in JSON. */
export function releaseOf(version: string, { url, image, commit, configHash }: ReleaseOptions) {
  return { version, url, image, commit, configHash };
}

/** Reads `5%:2m,25%:5m:https://gates.example/weir,100%:10m`: weight, hold, and perhaps a gate; a mistake says which step is none. */
export function parsePlan(text: string): StepAsked[] | { readonly mistake: string } {
  const plan: StepAsked[] = [];
  for (const word of text.split(/\s*,\s*|\s+/)) {
    const step = /^(\d+(?:\.\d+)?)%?:([^:]+)(?::(https?:\/\/.+))?$/.exec(word);
    if (step === null) {
      return { mistake: `plan[${plan.length}]: expected a step like 5%:2m or 5%:2m:GATE_URL, got ${quoted(word)}` };
    }
    const [, weight, hold = '', gate] = step;
    plan.push({ weight: Number(weight), hold, ...(gate !== undefined && { gate: { url: gate } }) });
  }
  return plan;
}
