import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../support/clock.ts';
import { playBad, playHealthy } from './acts.ts';
import type { Scene } from './acts.ts';
import { SLOW_MS } from './behaviour.ts';
import { behave, createWeirCalls } from './calls.ts';
import type { Children } from './children.ts';
import { createLedger } from './ledger.ts';
import { createLoad } from './load.ts';
import { metricOf } from './metric.ts';
import { count } from './phrase.ts';
import { startProgress } from './progress.ts';
import { raiseCurtain } from './curtain.ts';
import type { Cast } from './curtain.ts';
import { accountTable, claimsOf, drainClaim, resetTable } from './report.ts';
import type { Claim, Findings } from './report.ts';
import type { Stage } from './stage.ts';
import type { Paint, Story } from './story.ts';
import { invitation, opening } from './texts.ts';

/** Somebody asked for the end; every other reason to end early is a failure. */
export class CalledOff extends Error {}

export interface Play {
  readonly stage: Stage;
  readonly children: Children;
  readonly story: Story;
  readonly paint: Paint;
  readonly clock: Clock;
  /** Keep everything running after the acts, until the signal. */
  readonly stay: boolean;
  readonly signal: AbortSignal;
}

const RATE_PER_SECOND = 300;
const NEXT_VERSION = 'v1.3.1';
/** Beyond the configured drain time, before Weir is killed. */
const GRACE_MS = 5000;

/** Plays the demo from curtain to curtain; true when everything it claims really happened. */
export async function play({ stage, children, story, paint, clock, stay, signal }: Play): Promise<boolean> {
  const { config } = stage;
  const heading = (text: string): void => story.say(`\n${paint('bold', text)}`);
  for (const line of opening(config, RATE_PER_SECOND)) story.say(line);
  const cast = await raiseCurtain({ stage, children, story, signal });

  const ledger = createLedger(config.guards.p95Ms ?? Number.POSITIVE_INFINITY);
  const load = createLoad({ port: cast.ports.traffic, ratePerSecond: RATE_PER_SECOND, clock, tell: ledger.note });
  const weir = createWeirCalls(cast.ports);
  const scene: Scene = { config, clock, load, ledger, weir, story, signal };
  const stopProgress = startProgress({ story, ledger, load, clock });
  try {
    const findings = await playActs(scene, cast, children, heading);
    story.clear();
    heading('What happened');
    tellFindings(story, findings);
    let claims = claimsOf(findings);
    if (stay) {
      tellClaims(story, paint, claims);
      for (const line of invitation(cast, stage.logFile)) story.say(line);
      await untilCalledOff(signal);
      claims = [];
    }
    stopProgress();
    await load.stop();
    const { code } = await cast.weir.end(config.timeouts.drainMs + GRACE_MS);
    const drained = drainClaim(code);
    tellClaims(story, paint, [...claims, drained]);
    return drained.holds && claimsOf(findings).every(({ holds }) => holds);
  } finally {
    stopProgress();
    void load.stop();
  }
}

async function playActs(
  scene: Scene,
  { candidate }: Cast,
  children: Children,
  heading: (text: string) => void,
): Promise<Findings> {
  const { config, ledger, weir, story } = scene;
  const wantedPercent = config.share / 100;
  const p95Ms = config.guards.p95Ms ?? 0;

  heading(`Act 1: ${config.stable.version} and ${candidate.version} are both well`);
  const split = await playHealthy(scene);
  const percent = ((split.ofCandidate / Math.max(1, split.answers)) * 100).toFixed(1);
  story.say(
    `  ${candidate.version} answered ${count(split.ofCandidate)} of ${count(split.answers)} requests: ${percent} %.`,
  );

  heading(`Act 2: ${candidate.version} begins to fail: it answers 500 to everything`);
  const failing = await playBad(scene, {
    ...candidate,
    act: 'fails',
    expected: 'errors',
    provoke: () => behave(candidate.url, 'failing'),
  });

  heading(
    `Act 3: a new candidate, ${NEXT_VERSION}, is started by the admin API, and is slow: ${SLOW_MS} ms, allowed are ${p95Ms} ms`,
  );
  const next = await children.startUpstream({ version: NEXT_VERSION, port: candidate.port + 1, behaviour: 'slow' });
  const slow = { version: NEXT_VERSION, url: `http://127.0.0.1:${next.port}` };
  const late = await playBad(scene, {
    ...slow,
    act: 'is slow',
    expected: 'p95',
    provoke: async () => {
      const { weights } = await weir.startRollout(slow, 'the repaired candidate');
      story.say(`  POST /v1/rollout: ${NEXT_VERSION} starts at ${weights.candidate} %.`);
    },
  });

  const metrics = await weir.metrics();
  const rollbacksBy = (reason: string): number | null => metricOf(metrics, 'weir_rollbacks_total', { reason });
  return {
    wantedPercent,
    split,
    resets: [failing, late],
    accounts: ledger.versions().map((version) => ({ version, account: ledger.accountOf(version) })),
    windowMs: config.guards.windowMs,
    rollbacks: { errors: rollbacksBy('errors'), p95: rollbacksBy('p95') },
    shielded: metricOf(metrics, 'weir_shielded_total', {}),
  };
}

function tellFindings(story: Story, findings: Findings): void {
  for (const line of accountTable(findings)) story.say(`  ${line}`);
  story.say();
  for (const line of resetTable(findings)) story.say(`  ${line}`);
  story.say();
  story.say("  In Weir's own words:");
  for (const { version, reason } of findings.resets)
    story.say(`    ${version}: ${reason === '' ? '(nothing)' : reason}`);
  story.say();
}

function tellClaims(story: Story, paint: Paint, claims: readonly Claim[]): void {
  for (const { holds, text } of claims) {
    story.say(`  ${holds ? paint('green', 'ok ') : paint('red', 'NOT')}  ${text}`);
  }
}

async function untilCalledOff(signal: AbortSignal): Promise<void> {
  await pause(2 ** 31 - 1, undefined, { signal }).catch(() => {});
  if (!(signal.reason instanceof CalledOff)) signal.throwIfAborted();
}
