import type { Policy } from '../model/policy.ts';
import type { Rollout } from '../model/rollout.ts';
import { planOf, shareOf } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import type { Pace } from '../model/status.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Input } from './act.ts';
import { inParentheses } from './change.ts';
import type { Due, Standing } from './plan.ts';
import { dueOf } from './plan.ts';

/**
 * Keeps a plan's time and asks its gates. What is due is decided in `plan.ts`; here is what has to be remembered from
 * beat to beat: since when the present step has been in force, on a clock that does not jump, and what the gate of the
 * next step has answered. A pause, another weight or a restart begins a hold anew.
 */
export interface Pacer {
  /** After the verdict of the same beat, and only when that rolled nothing back. */
  beat(nowMs: number, verdict: Verdict): Promise<void>;
  look(nowMs: number): Pace;
}

export interface PacerParts {
  rollout(): Rollout;
  /** In force; below the rollout's while a raise is not yet on disk. */
  share(): Share;
  policy(): Policy;
  /** Why the candidate may not get more now, whatever the plan says; null where nothing speaks against it. */
  obstacle(): string | null;
  isChecked(): boolean;
  /** Null when the gate opens, else what it said. */
  askGate(url: string): Promise<string | null>;
  take(input: Input): Promise<void>;
}

const ASK_AGAIN_MS = 5000;

/** A gate, and what was heard of it. */
interface Asked {
  readonly url: string;
  /** Which step it was asked for: an answer for another is worth nothing. */
  readonly step: string;
  readonly answer: 'none' | 'open' | { readonly refusal: string };
  readonly againAtMs: number;
}

export function createPacer(parts: PacerParts): Pacer {
  let step = '';
  let sinceMs = 0;
  let asked: Asked | null = null;
  let waitingFor = '';

  function standing(nowMs: number, verdict: Verdict): Standing {
    const rollout = parts.rollout();
    const present = stepOf(rollout);
    if (present !== step || parts.share() !== shareOf(rollout)) sinceMs = nowMs;
    step = present;
    const heldMs = nowMs - sinceMs;
    return {
      rollout,
      policy: parts.policy(),
      heldMs,
      verdict,
      obstacle: automationObstacle(rollout) ?? parts.obstacle(),
      isChecked: parts.isChecked(),
    };
  }

  async function beat(nowMs: number, verdict: Verdict): Promise<void> {
    const due = dueOf(standing(nowMs, verdict));
    if (due.kind === 'wait') {
      waitingFor = due.for;
      // What a gate once said is worth nothing after something else stood in the way.
      if (asked?.answer === 'open') asked = null;
      return;
    }
    if (due.gate !== null && !isOpen(due.gate, nowMs)) return;
    waitingFor = '';
    asked = null;
    await parts.take(inputFor(due));
  }

  /** Asks a gate that has not been asked for this step, or again after a while. */
  function isOpen(url: string, nowMs: number): boolean {
    const mine = asked?.url === url && asked.step === step ? asked : null;
    if (mine?.answer === 'open') return true;
    const refusal = mine !== null && mine.answer !== 'none' ? mine.answer.refusal : null;
    waitingFor = refusal === null ? `the gate ${url}` : `the gate ${url}, which said: ${refusal}`;
    if (mine !== null && (mine.answer === 'none' || nowMs < mine.againAtMs)) return false;
    const question: Asked = { url, step, answer: 'none', againAtMs: nowMs + ASK_AGAIN_MS };
    asked = question;
    void hear(question);
    return false;
  }

  async function hear(question: Asked): Promise<void> {
    const refusal = await parts.askGate(question.url);
    if (asked === question) asked = { ...question, answer: refusal === null ? 'open' : { refusal } };
  }

  return {
    beat,
    look(nowMs) {
      const { advance, promote } = parts.policy();
      const rollout = parts.rollout();
      const counts = rollout.phase === 'promoted' || (rollout.phase === 'shifting' && rollout.step !== null);
      // What was waited for before the last command says nothing of what is waited for since.
      const isKnown = stepOf(rollout) === step;
      const heldMs = counts && isKnown ? Math.round(nowMs - sinceMs) : 0;
      return { advance, promote, heldMs, waitingFor: isKnown ? waitingFor : beforeBeat(rollout) };
    },
  };
}

/** What is waited for until the next beat has looked. */
function beforeBeat(rollout: Rollout): string {
  const gate = rollout.phase === 'idle' ? rollout.pending?.[0]?.gate : null;
  return gate == null ? '' : `the gate ${gate}`;
}

/** What a hold belongs to: when it changes, the time begins anew. */
function stepOf(rollout: Rollout): string {
  const { phase, stable, candidate } = rollout;
  const step = phase === 'shifting' ? rollout.step : null;
  return JSON.stringify([phase, stable.version, candidate?.version, step, shareOf(rollout), planOf(rollout).length]);
}

function automationObstacle({ automation: { state, reason } }: Rollout): string | null {
  if (state === 'on') return null;
  return state === 'off' ? `automation, which is off${inParentheses(reason)}` : `the breaker to be lifted (${reason})`;
}

function inputFor(due: Exclude<Due, { readonly kind: 'wait' }>): Input {
  switch (due.kind) {
    case 'begin':
      return { kind: 'begin', reason: 'health check and gate have passed' };
    case 'step':
      return { kind: 'planned-step', reason: `the plan goes on to step ${due.step + 1}` };
    case 'promote':
      return { kind: 'planned-promotion', reason: 'the last hold of the plan is over' };
    case 'end-bake':
      return { kind: 'end-bake', reason: 'the bake is over, and the promoted release has kept its limits' };
  }
}
