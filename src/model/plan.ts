import type { Share } from './split.ts';

/** One step of a plan: a weight, and how long to stay there. */
export interface Step {
  readonly share: Share;
  readonly holdMs: number;
  /** Asked before the step is taken; must answer 200. Null where there is none. */
  readonly gate: string | null;
}

/** Steps in the order in which they are taken; empty when weights are set by hand. */
export type Plan = readonly Step[];

export const GATE_FORM = 'a URL like https://gates.example/weir';
export const GATE = /^https?:\/\/[^\s/]\S*$/;

/** Why a text cannot be a gate's URL, which stands in status, journal and log; null when nothing keeps it from that. */
export function gateMistakeOf(url: string): string | null {
  if (!GATE.test(url) || !URL.canParse(url)) return `expected ${GATE_FORM}`;
  const { username, password } = new URL(url);
  return username === '' && password === '' ? null : 'expected a URL without a user or password: everybody may see it';
}

/** What lets a plan take its next step. */
export const ADVANCES = ['time', 'proof', 'manual'] as const;
export type Advance = (typeof ADVANCES)[number];

/** What makes the candidate stable after the last hold. */
export const PROMOTIONS = ['manual', 'auto'] as const;
export type Promotion = (typeof PROMOTIONS)[number];

export function isSamePlan(a: Plan, b: Plan): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
