import type { Notice } from '../../model/notice.ts';

/** A notice in words, for chats: one sentence that a phone can show, and what a person asks next. */
export interface Wording {
  readonly title: string;
  /** Whether somebody should look now. */
  readonly isAlarming: boolean;
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** Why; the first is the most important. Not to be trusted: people and upstreams write into it. */
  readonly details: readonly string[];
}

const MOST_DETAILS = 5;
const LONGEST_DETAIL = 500;

export function wordingOf(notice: Notice): Wording {
  const { service, event, stable, candidate, former, weights, actor, at, traceIds } = notice;
  const facts: [string, string][] = [
    ['Stable', stable],
    ['Candidate', candidate ?? 'none'],
    ...(former === null ? [] : ([['Way back', former]] satisfies [string, string][])),
    ['Candidate weight', `${weights.before.candidate} % → ${weights.after.candidate} %`],
    ['By', actor],
    ['At', at],
    ...(traceIds.length === 0 ? [] : ([['Traces', traceIds.join(', ')]] satisfies [string, string][])),
  ];
  const details = detailsOf(notice).slice(0, MOST_DETAILS).map(shortened);
  return { title: `${service}: ${headline(notice)}`, isAlarming: ALARMING.has(event), facts, details };
}

const ALARMING: ReadonlySet<Notice['event']> = new Set(['rollback', 'breaker', 'config-refused']);

function headline({ event, stable, candidate, weights }: Notice): string {
  switch (event) {
    case 'rollback':
      return `${candidate ?? 'the candidate'} was rolled back, ${stable} serves everything`;
    case 'breaker':
      return 'too many rollbacks, automation is frozen';
    case 'promoted':
      return `${stable} is stable now`;
    case 'started':
      return `${candidate ?? 'the candidate'} gets ${weights.after.candidate} %`;
    case 'config-refused':
      return 'a changed configuration was refused';
  }
}

function detailsOf({ event, reason, reasons, mistakes }: Notice): readonly string[] {
  const broken = reasons.filter(({ relation }) => relation === '>').map(({ text }) => text);
  if (mistakes.length > 0) return mistakes;
  // What the last rollback was for does not say why automation stopped.
  if (event === 'breaker') return [reason, 'a person lets it go on: weir automation on --reason TEXT', ...broken];
  return broken.length > 0 ? broken : [reason];
}

const shortened = (text: string): string => (text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL)}…` : text);
