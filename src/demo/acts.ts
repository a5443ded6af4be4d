import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { Measure } from '../model/verdict.ts';
import type { Clock } from '../support/clock.ts';
import type { OwnAccount, WeirCalls, WeirStatus } from './calls.ts';
import { ownAccountOf } from './calls.ts';
import type { Ledger } from './ledger.ts';
import type { Load } from './load.ts';
import { count, seconds } from './phrase.ts';
import type { Findings, Reset } from './report.ts';
import type { Story } from './story.ts';

/** What every act plays with. */
export interface Scene {
  readonly config: Config;
  readonly clock: Clock;
  readonly load: Load;
  readonly ledger: Ledger;
  readonly weir: WeirCalls;
  readonly story: Story;
  /** Ends every wait when the demo is called off. */
  readonly signal: AbortSignal;
}

const HEALTHY_MS = 9000;
/** How long to look whether a candidate that was taken out stays out. */
const AFTERWARDS_MS = 4000;
const LOOK_MS = 25;
/** Beyond the promised window, before the act is given up as failed. */
const GRACE_MS = 10_000;

/** Both upstreams are well: who gets how much? */
export async function playHealthy({ config, load, ledger, weir, signal }: Scene): Promise<Findings['split']> {
  load.start();
  await pause(HEALTHY_MS, undefined, { signal });
  const answers = ledger.total().answers;
  const ofCandidate = ledger.accountOf(config.candidate?.version ?? null).answers;
  const { phase } = await weir.status();
  return { answers, ofCandidate, isStillSplit: phase === 'shifting' };
}

export interface BadCandidate {
  readonly version: string;
  readonly url: string;
  readonly act: string;
  readonly expected: Measure;
  /** Makes it go bad. */
  readonly provoke: () => Promise<unknown>;
}

/** A candidate goes bad: does Weir take it out, why, how soon, and does it stay out? */
export async function playBad(scene: Scene, { version, url, act, expected, provoke }: BadCandidate): Promise<Reset> {
  const { ledger, weir, story, signal, load, clock } = scene;
  const failuresBefore = ledger.total().failures;
  await provoke();
  const seen = await whenRolledBack(scene, version);
  // A failure that was replayed on stable is known to the candidate alone; that an answer is late the load sees.
  const firstBadAtMs = ({ firstFailureAtMs }: OwnAccount): number | null =>
    expected === 'errors' ? firstFailureAtMs : ledger.accountOf(version).firstSlowAtMs;
  if (seen === null) {
    story.say('  Weir did not take it out.');
  } else {
    const firstAtMs = firstBadAtMs(await ownAccountOf(url, seen.sent, clock));
    const tookMs = Math.max(0, seen.atMs - (firstAtMs ?? seen.atMs));
    story.say(`  Weir took it out ${seconds(tookMs)} after the first bad answer:`);
    story.say(`    "${seen.status.reason}"`);
    story.say(`  The load goes on for ${seconds(AFTERWARDS_MS, 0)} more: does anything still reach it?`);
  }
  await pause(AFTERWARDS_MS, undefined, { signal });
  const own = await ownAccountOf(url, seen?.sent ?? load.sent(), clock);
  const failuresSeen = ledger.total().failures - failuresBefore;
  if (seen !== null) {
    story.say(`  Of ${count(load.sent() - seen.sent)} requests sent since, ${version} got ${count(own.after)}.`);
  }
  if (own.failures > 0) {
    story.say(`  It gave ${count(own.failures)} failures by its own count; users saw ${count(failuresSeen)}.`);
  }
  return {
    version,
    act,
    expected,
    measures: seen?.status.verdict.reasons.map(({ measure }) => measure) ?? [],
    reason: seen?.status.reason ?? '',
    weights: (await weir.status()).weights,
    failuresGiven: own.failures,
    failuresSeen,
    firstBadAtMs: firstBadAtMs(own),
    resetAtMs: seen?.atMs ?? null,
    lastRequestAtMs: own.lastRequestAtMs,
    receivedAfter: seen === null ? null : own.after,
  };
}

/** Looks until the status says so. What is sent after that moment was sent after the reset, whosever clock one asks. */
async function whenRolledBack(
  { weir, clock, load, config, signal }: Scene,
  version: string,
): Promise<{ readonly status: WeirStatus; readonly atMs: number; readonly sent: number } | null> {
  const untilMs = clock.monotonicMs() + config.guards.windowMs + GRACE_MS;
  while (clock.monotonicMs() < untilMs) {
    const status = await weir.status();
    if (status.phase === 'rolled-back' && status.candidate?.version === version) {
      return { status, atMs: clock.monotonicMs(), sent: load.sent() };
    }
    await pause(LOOK_MS, undefined, { signal });
  }
  return null;
}
