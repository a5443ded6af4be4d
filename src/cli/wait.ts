import { setTimeout as pause } from 'node:timers/promises';
import type { ReleasesView, StatusView } from '../model/view.ts';
import { formatDuration } from '../support/units.ts';
import type { Client, Failure, Heard } from './client.ts';
import { fingerprintOf, statusLine } from './difference.ts';
import type { Awaited, Fate } from './ending.ts';
import { afterLook, endingOf, phraseEnding, versionUnderWay } from './ending.ts';
import { EXIT } from './exit.ts';
import { isPassing, plainSentenceOf, tellFailure } from './failure.ts';
import type { Operation } from './operation.ts';
import { printStatus } from './status.ts';
import { nearestOf } from '../support/nearest.ts';

export interface WaitOptions {
  readonly timeoutMs: number;
  /** The version to wait for; null for the one under way. */
  readonly version: string | null;
}

const POLL_MS = 1000;
/** A sidecar may be restarted under a rollout; one that is away for longer is an error. */
const AWAY_MS = 60_000;

const CODES = { promoted: EXIT.ok, 'rolled-back': EXIT.rolledBack, gone: EXIT.failed } as const;

/**
 * Waits for the end of a rollout, for pipelines: the exit code says how it ended. A line for each change goes to
 * standard error, the state at the end to standard output.
 */
export async function wait(operation: Operation, { timeoutMs, version }: WaitOptions): Promise<number> {
  const { client, terminal, format, clock } = operation;
  const say = (text: string): void => terminal.error(`${text}\n`);
  const startedAtMs = clock.monotonicMs();
  let awaited: Awaited | null = version === null ? null : { version, isSeen: false };
  let last: (Heard<StatusView> & { readonly ok: true }) | null = null;
  let told = '';
  let heardAtMs = startedAtMs;
  let away: Failure | null = null;

  for (;;) {
    const heard = await client.get<StatusView>('/v1/status');
    const nowMs = clock.monotonicMs();
    if (heard.ok) {
      if (away !== null) say('the sidecar answers again');
      const isFirst = last === null;
      let fate: Fate | null = null;
      [last, away, heardAtMs] = [heard, null, nowMs];
      const { value } = heard;
      const now = fingerprintOf(value);
      if (now !== told) say(statusLine(value, clock.wallMs()));
      told = now;
      awaited ??= awaitedAtFirst(value);
      if (awaited === null) return endWithout(operation, heard);
      const seen = endingOf(value, awaited);
      awaited = afterLook(value, awaited);
      if (seen === 'gone') fate = (await fateOf(client, awaited.version)) ?? { ending: 'gone' };
      else if (seen !== null) fate = { ending: seen };
      else if (isFirst && !awaited.isSeen) fate = await absentAtFirst(client, awaited.version, say);
      if (fate !== null) {
        say(phraseEnding(fate, awaited.version, value));
        await printStatus(operation, heard);
        return CODES[fate.ending];
      }
    } else {
      if (away === null && isPassing(heard.failure)) say(`${plainSentenceOf(client, heard.failure)}; asking again`);
      away = heard.failure;
      if (!isPassing(away) || nowMs - heardAtMs >= AWAY_MS) return fail(away);
    }
    const leftMs = startedAtMs + timeoutMs - clock.monotonicMs();
    if (leftMs <= 0) return timedOut();
    await pause(Math.min(POLL_MS, leftMs));
  }

  async function fail(failure: Failure): Promise<number> {
    await tellFailure(client, failure, format, terminal);
    return EXIT.failed;
  }

  async function timedOut(): Promise<number> {
    // Who cannot be reached has not said that it is still under way.
    if (away !== null) return fail(away);
    const { version, isSeen } = awaited ?? { version: 'the sidecar', isSeen: false };
    const stands = isSeen ? `${version} is still under way, and goes on` : `${version} has not come`;
    say(`no end after ${formatDuration(timeoutMs)}: ${stands}; nothing was changed`);
    if (last !== null) await printStatus(operation, last);
    return EXIT.timedOut;
  }
}

function awaitedAtFirst(status: StatusView): Awaited | null {
  const version = versionUnderWay(status);
  return version === null ? null : { version, isSeen: true };
}

/** Nothing is under way and nothing was named. Success would be a guess, and a pipeline would believe it. */
async function endWithout(operation: Operation, heard: Heard<StatusView> & { readonly ok: true }): Promise<number> {
  const isLatched = heard.value.phase === 'rolled-back';
  const sentence = isLatched
    ? `rolled back before: ${heard.value.reason}`
    : 'nothing is under way to wait for; --candidate VERSION waits for a version that is still to come';
  operation.terminal.error(`${sentence}\n`);
  await printStatus(operation, heard);
  return isLatched ? EXIT.rolledBack : EXIT.failed;
}

/** Between two looks, or before the first, it may have been taken out and another one sent; the releases remember that. */
async function fateOf(client: Client, version: string): Promise<Fate | null> {
  const release = (await releasesOf(client)).find((one) => one.version === version);
  return release?.status === 'rolled-back' ? { ending: 'rolled-back', reason: release.reason } : null;
}

/** One that was named and is not there: taken out before, or perhaps still to come. Whoever has mistyped it should not wait in vain. */
async function absentAtFirst(client: Client, version: string, say: (text: string) => void): Promise<Fate | null> {
  const releases = await releasesOf(client);
  const status = releases.find((one) => one.version === version)?.status;
  if (status === 'rolled-back') return fateOf(client, version);
  const versions = releases.map((one) => one.version);
  const nearest = status === undefined ? nearestOf(version, versions) : null;
  const stands = status === undefined ? `is not known yet (${versions.join(', ')} are)` : 'gets no requests now';
  say(`${version} ${stands} and is waited for${nearest === null ? '' : `; did you mean ${nearest}?`}`);
  return null;
}

async function releasesOf(client: Client): Promise<ReleasesView['releases']> {
  const heard = await client.get<ReleasesView>('/v1/releases');
  return heard.ok ? heard.value.releases : [];
}
