import type { Weights } from '../model/split.ts';
import type { Measure } from '../model/verdict.ts';
import type { Account } from './ledger.ts';
import { count, seconds, tableOf } from './phrase.ts';

/** What was found in an act in which a candidate went bad. Times are monotonic, taken by the load generator. */
export interface Reset {
  readonly version: string;
  /** What it was made to do, as a heading. */
  readonly act: string;
  /** Which guard has to notice. */
  readonly expected: Measure;
  /** Which guards did, worst first; empty when the candidate was not taken out. */
  readonly measures: readonly Measure[];
  /** Weir's own words. */
  readonly reason: string;
  /** In force once the act was over; null when they could not be read. */
  readonly weights: Weights | null;
  /** By its own count, whether or not a user saw them. */
  readonly failuresGiven: number;
  /** Failures that users saw during the act, whoever gave them. */
  readonly failuresSeen: number;
  /** Null when there was no bad answer. */
  readonly firstBadAtMs: number | null;
  /** When the status said `rolled-back`; null when it never did. */
  readonly resetAtMs: number | null;
  /** When it got its last request. */
  readonly lastRequestAtMs: number | null;
  /** Requests sent after the reset that the candidate got all the same, by its own count; null when never asked. */
  readonly receivedAfter: number | null;
}

export interface Findings {
  /** The configured share. */
  readonly wantedPercent: number;
  /** Of the healthy act. */
  readonly split: { readonly answers: number; readonly ofCandidate: number; readonly isStillSplit: boolean };
  readonly resets: readonly Reset[];
  readonly accounts: readonly { readonly version: string | null; readonly account: Account }[];
  /** The configured window: the time within which Weir promises to act. */
  readonly windowMs: number;
  /** `weir_rollbacks_total` by reason; null when it could not be read. */
  readonly rollbacks: Readonly<Partial<Record<Measure, number | null>>>;
  /** `weir_shielded_total`: failures that were replayed on stable; null when it could not be read. */
  readonly shielded: number | null;
}

/** One thing that must have happened, and whether it did. */
export interface Claim {
  readonly holds: boolean;
  readonly text: string;
}

const TOLERANCE_PERCENT = 2;

export function accountTable({ accounts }: Findings): string[] {
  const header = ['answered by', 'requests', 'failures users saw', 'p50', 'p95'];
  const rows = accounts.map(({ version, account }) => [
    version ?? 'no upstream',
    count(account.answers),
    count(account.failures),
    account.p50Ms === null ? '-' : `${account.p50Ms} ms`,
    account.p95Ms === null ? '-' : `${account.p95Ms} ms`,
  ]);
  return tableOf([header, ...rows]);
}

export function resetTable({ resets }: Findings): string[] {
  const row = (name: string, cell: (reset: Reset) => string): string[] => [name, ...resets.map(cell)];
  return tableOf([
    row('', ({ version, act }) => `${version} ${act}`),
    row('failures it gave, by its own count', ({ failuresGiven }) => count(failuresGiven)),
    row('failures users saw', ({ failuresSeen }) => count(failuresSeen)),
    row('first bad answer to reset', ({ firstBadAtMs, resetAtMs }) => between(firstBadAtMs, resetAtMs)),
    row('first bad answer to its last request', (reset) => between(reset.firstBadAtMs, reset.lastRequestAtMs)),
    row('requests it got after the reset', ({ receivedAfter }) =>
      receivedAfter === null ? '-' : count(receivedAfter),
    ),
    row('weights after it', ({ weights }) =>
      weights === null ? '-' : `stable ${weights.stable} %, candidate ${weights.candidate} %`,
    ),
  ]);
}

/** All that the demo promises to show. It has succeeded when every one of them holds. */
export function claimsOf(findings: Findings): Claim[] {
  const { resets, rollbacks } = findings;
  const expected = ({ expected: measure }: Reset): boolean =>
    rollbacks[measure] === resets.filter((other) => other.expected === measure).length;
  const counted = `errors ${rollbacks.errors ?? '-'}, p95 ${rollbacks.p95 ?? '-'}`;
  return [
    ...splitClaims(findings),
    ...resets.flatMap((reset) => resetClaims(reset, findings.windowMs)),
    ...failureClaims(findings),
    claim(resets.every(expected), '/metrics counts the same resets', `weir_rollbacks_total says ${counted}`),
  ];
}

/** @param code exit code of Weir after SIGTERM; null when it had to be killed. */
export function drainClaim(code: number | null): Claim {
  return claim(code === 0, 'Weir drained on SIGTERM', code === null ? 'it had to be killed' : `exit code ${code}`);
}

function splitClaims({ split, wantedPercent }: Findings): Claim[] {
  const percent = split.answers === 0 ? 0 : (split.ofCandidate / split.answers) * 100;
  const isNear = Math.abs(percent - wantedPercent) <= TOLERANCE_PERCENT;
  const shares = `${percent.toFixed(1)} % of ${count(split.answers)} requests, configured are ${wantedPercent} %`;
  return [
    claim(isNear, 'a healthy candidate got its share', shares),
    claim(split.isStillSplit, 'it was left in peace', split.isStillSplit ? 'no reset' : 'it was taken out'),
  ];
}

function resetClaims(reset: Reset, windowMs: number): Claim[] {
  const { version, expected, measures, firstBadAtMs, resetAtMs, weights, receivedAfter } = reset;
  if (resetAtMs === null) return [claim(false, `${version} was taken out`, 'it was not')];
  const isInTime = firstBadAtMs !== null && resetAtMs - firstBadAtMs <= windowMs;
  const took = `${between(firstBadAtMs, resetAtMs)} after the first bad answer, the window is ${seconds(windowMs, 0)}`;
  return [
    claim(isInTime, `${version} was taken out in time`, firstBadAtMs === null ? 'no bad answer was seen' : took),
    claim(measures[0] === expected, `the guard on ${expected} did it`, `it was ${measures.join(' and ') || 'none'}`),
    claim(weights?.candidate === 0, 'and stayed out', `its weight is ${weights?.candidate ?? '-'} %`),
    claim(receivedAfter === 0, 'nothing reached it after that', `${receivedAfter ?? '-'} requests by its own count`),
  ];
}

function failureClaims({ accounts, resets, shielded }: Findings): Claim[] {
  const answers = accounts.reduce((sum, { account }) => sum + account.answers, 0);
  const seen = accounts.reduce((sum, { account }) => sum + account.failures, 0);
  const given = resets.reduce((sum, { failuresGiven }) => sum + failuresGiven, 0);
  const replayed = `it gave ${count(given)}, weir_shielded_total says ${shielded === null ? '-' : count(shielded)}`;
  return [
    claim(given > 0 && shielded === given, 'each failure of the candidate was replayed on stable', replayed),
    claim(seen === 0, 'users saw no failure', `${count(seen)} of ${count(answers)} answers`),
  ];
}

const claim = (holds: boolean, what: string, found: string): Claim => ({ holds, text: `${what}: ${found}` });

/** A reset that came before the first bad answer had ended took no time at all. */
function between(fromMs: number | null, toMs: number | null): string {
  return fromMs === null || toMs === null ? '-' : seconds(Math.max(0, toMs - fromMs));
}
