import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../support/clock.ts';
import type { DrillCalls, DrillStatus } from './calls.ts';
import type { Scene } from './faults.ts';
import type { Row } from './report.ts';
import type { DrillUpstream } from './upstream.ts';
import type { Users } from './users.ts';

/** What every rehearsal plays with. */
export interface Stage {
  readonly clock: Clock;
  readonly weir: DrillCalls;
  readonly stable: DrillUpstream;
  readonly candidate: DrillUpstream;
  readonly users: Users;
  /** A version that nobody has used yet. */
  nextVersion(): string;
}

/** Healthy requests that the candidate serves before it breaks. */
const WARM_REQUESTS = 20;
const WARM_WITHIN_MS = 30_000;
/** How long a fault may stay undetected before the scene is over. */
const DETECT_WITHIN_MS = 30_000;
/** How long a candidate that should be left alone, or may be, is watched. */
const WATCH_MS = 4000;
const AFTERWARDS_MS = 500;
const LOOK_MS = 20;

/** Breaks the candidate of a healthy rollout, sees what becomes of it, mends it, and starts it again. */
export async function rehearse(stage: Stage, scene: Scene): Promise<Row> {
  const { clock, weir, stable, candidate, users } = stage;
  await begin(stage);
  users.look();
  const brokenAtMs = clock.wallMs();
  await candidate.break(scene.fault);
  if (scene.stableToo) await stable.break(scene.fault);
  const patienceMs = scene.expected === 'rolled back' ? DETECT_WITHIN_MS : WATCH_MS;
  const found = await until(clock, patienceMs, weir.status, ({ phase }) => phase === 'rolled-back');
  const isRolledBack = found.phase === 'rolled-back';
  const detectedMs = isRolledBack ? Math.max(0, Date.parse(found.since) - brokenAtMs) : null;
  await candidate.mend();
  if (scene.stableToo) await stable.mend();
  const after = isRolledBack ? await requestsAfterwards(stage) : 0;
  const { failures, slow } = users.look();
  const { weights } = await weir.status();
  const isBack = await comesBack(stage);
  const isExpected = scene.expected === 'either' || (scene.expected === 'rolled back') === isRolledBack;
  const strays = after === 0 ? '' : `; ${after} requests reached the candidate after that`;
  return {
    scene: scene.name,
    expected: scene.expected,
    found: isRolledBack ? 'rolled back' : 'left alone',
    detectedMs,
    failures,
    slow,
    candidatePercent: weights.candidate,
    isBack,
    reason: isRolledBack ? `${found.reason}${strays}` : '',
    holds: isExpected && isBack && after === 0 && (!isRolledBack || weights.candidate === 0),
  };
}

/** Rolls back until automation freezes, and then tries to start once more. */
export async function rehearseFreeze(stage: Stage, rollbacks: number): Promise<Row> {
  const { clock, weir, candidate, users } = stage;
  await weir.change('/v1/automation', { enabled: false, reason: 'the drill counts anew' });
  await weir.change('/v1/automation', { enabled: true, reason: 'the drill counts anew' });
  users.look();
  const startedAtMs = clock.wallMs();
  for (let count = 0; count <= rollbacks; count++) {
    await begin(stage, false);
    await candidate.break('fails');
    await until(clock, DETECT_WITHIN_MS, weir.status, ({ phase }) => phase === 'rolled-back');
    await candidate.mend();
  }
  const { automation, weights } = await until(
    clock,
    DETECT_WITHIN_MS,
    weir.status,
    ({ automation: { frozen } }) => frozen,
  );
  const refused = await start(stage);
  const isFrozen = automation.frozen && refused.status === 409;
  const frozenMs = clock.wallMs() - startedAtMs;
  const { failures, slow } = users.look();
  const isBack = await comesBack(stage);
  return {
    scene: `${rollbacks + 1} rollbacks in a row`,
    expected: 'frozen',
    found: isFrozen ? 'frozen' : 'not frozen',
    detectedMs: isFrozen ? frozenMs : null,
    failures,
    slow,
    candidatePercent: weights.candidate,
    isBack,
    reason: refused.text,
    holds: isFrozen && isBack,
  };
}

/** A healthy candidate gets traffic. */
async function begin(stage: Stage, lifts = true): Promise<void> {
  const { clock, weir, candidate } = stage;
  if (lifts) await lift(weir);
  const before = candidate.requests();
  const { status, text } = await start(stage);
  if (status !== 200) throw new Error(`the candidate could not be started: ${text}`);
  const isWarm = async (): Promise<boolean> => candidate.requests() - before >= WARM_REQUESTS;
  if (!(await until(clock, WARM_WITHIN_MS, isWarm, (warm) => warm))) throw new Error('the candidate got no traffic');
}

async function comesBack(stage: Stage): Promise<boolean> {
  const { weir } = stage;
  await lift(weir);
  const { status } = await start(stage);
  await pause(AFTERWARDS_MS);
  const { phase, weights }: DrillStatus = await weir.status();
  return status === 200 && phase === 'shifting' && weights.candidate > 0;
}

async function requestsAfterwards({ clock, weir, candidate }: Stage): Promise<number> {
  // What had been sent when the split changed arrives until Weir has seen the end of it; of a mended candidate it sees it.
  await until(clock, DETECT_WITHIN_MS, weir.status, ({ rollback }) => rollback?.progress === 'verified');
  const before = candidate.requests();
  await pause(AFTERWARDS_MS);
  return candidate.requests() - before;
}

const start = ({ weir, candidate, nextVersion }: Stage) =>
  weir.change('/v1/rollout', { version: nextVersion(), url: candidate.url, reason: 'drill' });

async function lift(weir: DrillCalls): Promise<void> {
  const { automation } = await weir.status();
  if (automation.frozen) await weir.change('/v1/automation', { enabled: true, reason: 'the drill goes on' });
}

/** Looks until it is so, or the time is over; answers with the last look. */
async function until<T>(
  clock: Clock,
  withinMs: number,
  look: () => Promise<T>,
  isSo: (seen: T) => boolean,
): Promise<T> {
  const endMs = clock.monotonicMs() + withinMs;
  for (;;) {
    const seen = await look();
    if (isSo(seen) || clock.monotonicMs() >= endMs) return seen;
    await pause(LOOK_MS);
  }
}
