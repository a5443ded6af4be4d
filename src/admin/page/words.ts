import type { RolloutEvent } from '../../model/event.ts';
import type { Phase, Progress } from '../../model/rollout.ts';
import type { StatusView } from '../../model/view.ts';

/** `0 s`, `41 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: no finer than a person on call needs. */
export function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined([minutes, 'min'], [seconds % 60, 's']);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return joined([hours, 'h'], [minutes % 60, 'min']);
  return joined([Math.floor(hours / 24), 'd'], [hours % 24, 'h']);
}

function joined([large, largeUnit]: [number, string], [small, smallUnit]: [number, string]): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Percent with at most two digits behind the point: `5 %`, `0.25 %`. */
export function percentOf(percent: number): string {
  return `${Math.round(percent * 100) / 100} %`;
}

/** A ratio 0..1 as a percentage with three significant digits; a dash for null. */
export function ratioOf(ratio: number | null): string {
  return ratio === null ? '–' : `${Number((ratio * 100).toPrecision(3))} %`;
}

export function millisecondsOf(ms: number | null): string {
  return ms === null ? '–' : `${Number(ms.toPrecision(3))} ms`;
}

/** A phase as a word and a sign, so that nobody needs its colour. */
export const PHASE_WORDS: Readonly<Record<Phase, { readonly word: string; readonly sign: string }>> = {
  idle: { word: 'Idle', sign: '○' },
  shifting: { word: 'Shifting', sign: '▶' },
  paused: { word: 'Paused', sign: '‖' },
  promoted: { word: 'Promoted', sign: '✓' },
  'rolled-back': { word: 'Rolled back', sign: '↩' },
};

/** How far a rollback has come. */
export const PROGRESS_WORDS: Readonly<Record<Progress, string>> = {
  detected: 'being put in force',
  'split-published': 'no new request goes to the candidate',
  'in-flight-drained': 'the last request on the candidate has ended',
  verified: 'verified: nothing reaches the candidate',
};

/** What goes on, in one sentence. */
export function headlineOf(status: StatusView): string {
  const { phase, stable, candidate, former, weights, source } = status;
  const share = `${candidate?.version ?? 'The candidate'} gets ${percentOf(weights.candidate)} of the requests`;
  switch (phase) {
    case 'idle':
      return candidate === null
        ? `${stable.version} serves everything. There is no candidate.`
        : `${stable.version} serves everything. ${candidate.version} waits at 0 %.`;
    case 'shifting':
      return `${share}, ${stable.version} the rest.`;
    case 'paused':
      return `${share} until somebody resumes. The guards still act.`;
    case 'promoted':
      return `${stable.version} is stable now. The guards still act, and the way back is ${former?.version ?? 'kept'}.`;
    case 'rolled-back': {
      const by = { guard: 'A guard', operator: 'A person', file: 'The configuration file' }[source];
      const whom = candidate?.version ?? 'the candidate';
      return `${stable.version} serves everything. ${by} took ${whom} out, and it stays out until somebody acts.`;
    }
  }
}

/** What the sides of the data path are called: while a promotion bakes, the former stable is on the stable one. */
export function sideNamesOf({ phase }: StatusView): { readonly stable: string; readonly candidate: string } {
  return phase === 'promoted'
    ? { stable: 'former', candidate: 'promoted' }
    : { stable: 'stable', candidate: 'candidate' };
}

/** Why there is no guard to show. */
export function nothingJudgedOf({ phase, candidate }: StatusView): string {
  if (phase !== 'idle' && phase !== 'rolled-back') return 'No guard has anything to judge.';
  return candidate === null ? 'There is no candidate.' : 'The candidate gets no requests.';
}

/** What the verdict comes to, in a word. */
export function verdictWordOf({ verdict, phase, window }: StatusView): string {
  if (verdict.kind === 'unhealthy') return phase === 'rolled-back' ? 'Unhealthy when taken out' : 'Unhealthy';
  if (verdict.kind === 'healthy') return 'Healthy';
  if (phase === 'idle' || phase === 'rolled-back') return 'Nothing to judge';
  return window.candidate.requests === 0 && phase !== 'promoted' ? 'Inconclusive: no requests yet' : 'Inconclusive';
}

/** What an event is about: a version, or how automation stands now; '' for neither. */
export function subjectOf({ type, phase, candidate, stable, releases, automation }: RolloutEvent): string {
  if (type === 'registered') return releases.at(-1)?.release.version ?? '';
  if (type === 'automation-set') return automation.state;
  if (type === 'token-spent') return '';
  return candidate?.version ?? (phase === 'promoted' || type === 'baked' ? stable.version : '');
}

/** The time of day where the page is looked at, with the day unless that is today. */
export function timeOf(at: string, nowMs: number): string {
  const [then, now] = [new Date(at), new Date(nowMs)];
  const time = then.toLocaleTimeString('en-GB');
  if (then.toDateString() === now.toDateString()) return time;
  const year = then.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return `${then.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...year })} ${time}`;
}

/** `UTC`, `UTC+2`, `UTC-3:30`: what the times mean, for whoever compares them with a log. @param offsetMinutes as Date has it. */
export function zoneOf(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'UTC';
  const minutes = Math.abs(offsetMinutes);
  const rest = minutes % 60 === 0 ? '' : `:${String(minutes % 60).padStart(2, '0')}`;
  return `UTC${offsetMinutes < 0 ? '+' : '-'}${Math.floor(minutes / 60)}${rest}`;
}
