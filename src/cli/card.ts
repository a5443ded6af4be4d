import type { RolloutEvent } from '../model/event.ts';
import type { ProbeSummary } from '../model/status.ts';
import type { StatusView } from '../model/view.ts';
import { choicesOf } from './card/choices.ts';
import { eventLines } from './card/events.ts';
import { fleetLines } from './card/fleet.ts';
import { PHASE_TONES, sentenceOf } from './card/headline.ts';
import { phraseAge, phraseTime } from './card/phrase.ts';
import { planLines } from './card/plan.ts';
import { weightLines, windowLines } from './card/sides.ts';
import { verdictLines } from './card/verdict.ts';
import { warningsOf } from './card/warnings.ts';
import { fit, wrap } from './fit.ts';
import type { Paint } from './output.ts';

/** What a card is made from. */
export interface Look {
  readonly status: StatusView;
  /** Newest first; null when they could not be had. */
  readonly events: readonly RolloutEvent[] | null;
  /** Wall clock. */
  readonly nowMs: number;
  /** Of the terminal; Infinity where nobody's terminal breaks lines. */
  readonly columns: number;
}

const EVENTS_SHOWN = 5;
const NAME_WIDTH = 10;
/** Of a terminal's columns, for a version in a row. */
const VERSION_SHARE = 0.3;
/** A reason may be as long as a page; all of it is in the history. */
const REASON_LINES = 3;
const SOURCES = { file: 'the configuration file', operator: 'a person', guard: 'a guard' } as const;

/**
 * What is going on, in the order in which somebody at three in the morning asks: what happened, is anything broken,
 * who gets the traffic, how does the candidate do, what comes next, what was before. Without a line feed at the end.
 */
export function cardOf({ status, events, nowMs, columns }: Look, paint: Paint): string[] {
  const { service, phase, since, source, reason, revision, automation } = status;
  const isJudged = status.candidate !== null || status.former !== undefined;
  const recent = (events ?? []).filter(({ type }) => type !== 'rollback-progressed').slice(0, EVENTS_SHOWN);
  // However long versions are, what they get is seen beside them.
  const versionColumns = Math.max(12, Math.floor(columns * VERSION_SHARE));
  const wrapped = (line: string, setIn: string): string[] => wrap(line, columns, setIn);
  const cut = (line: string): string => fit(line, columns);
  const named = (name: string, lines: readonly string[]): string[] => namedLines(name, lines, columns);
  return [
    ...wrapped(
      `${paint('bold', service)}  ${paint(PHASE_TONES[phase], phase.toUpperCase())}  ${sentenceOf(status)}`,
      '  ',
    ),
    ...wrapped(
      `  ${paint('dim', `for ${phraseAge(since, nowMs)}, since ${phraseTime(since, nowMs)}; revision ${revision}, wanted by ${SOURCES[source]}`)}`,
      '  ',
    ),
    ...shortened(wrapped(`  why: ${reason}`, ' '.repeat(7))),
    ...warningsOf(status, nowMs).flatMap((warning) =>
      wrapped(`!! ${warning}`, '   ').map((line) => paint('alarm', line)),
    ),
    '',
    ...weightLines(status, paint, versionColumns).map((line) => cut(`  ${line}`)),
    '',
    ...windowLines(status).map((line) => cut(`  ${line}`)),
    '',
    ...(isJudged ? named('verdict', verdictLines(status, paint)) : []),
    ...named(phase === 'promoted' ? 'bake' : 'plan', planLines(status, paint)),
    ...named('rollback', rollbackLines(status)),
    ...named('probes', probeLines(status)),
    ...named('fleet', fleetLines(status.fleet)),
    ...named('automation', [automation.enabled ? 'on' : automation.frozen ? 'frozen' : 'off']),
    ...named('you can', [choicesOf(status).map(unbroken).join('   ')]).map(broken),
    ...(recent.length === 0
      ? []
      : ['', '  last events', ...eventLines(recent, nowMs, versionColumns).map((line) => cut(`    ${line}`))]),
  ];
}

/** A command is copied whole, so no line ends inside one. */
const unbroken = (command: string): string => command.replaceAll(' ', '\u00a0');
const broken = (line: string): string => line.replaceAll('\u00a0', ' ');

function namedLines(name: string, lines: readonly string[], columns: number): string[] {
  const setIn = ' '.repeat(NAME_WIDTH + 5);
  return lines.flatMap((line, index) =>
    wrap(`  ${(index === 0 ? name : '').padEnd(NAME_WIDTH)} ${line}`, columns, setIn),
  );
}

function shortened(lines: readonly string[]): string[] {
  const rest = lines.length - REASON_LINES;
  return rest <= 0 ? [...lines] : [...lines.slice(0, REASON_LINES), `       … (weir history has the rest)`];
}

const PROGRESS = {
  detected: 'detected, not yet published',
  'split-published': 'published: no new request goes to the candidate; some are still under way',
  'in-flight-drained': 'published, and nothing is under way at the candidate any more',
  verified: 'verified: nothing reaches the candidate',
} as const;

function rollbackLines({ rollback }: StatusView): string[] {
  return rollback === undefined ? [] : [PROGRESS[rollback.progress]];
}

function probeLines({ probe }: StatusView): string[] {
  const lineOf = (side: string, summary: ProbeSummary | null) =>
    summary === null
      ? []
      : [`${side} ${summary.up ? 'up' : 'DOWN'}, ${summary.failures} of ${summary.of} failed, last: ${summary.last}`];
  return [...lineOf('stable', probe.stable), ...lineOf('candidate', probe.candidate)];
}
