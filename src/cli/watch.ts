import { setTimeout as pause } from 'node:timers/promises';
import { phraseMs } from '../health/phrase.ts';
import type { RolloutEvent } from '../model/event.ts';
import type { StatusView } from '../model/view.ts';
import { cardOf } from './card.ts';
import type { Failure, Heard } from './client.ts';
import { fingerprintOf } from './difference.ts';
import { EXIT } from './exit.ts';
import { isPassing, tellFailure } from './failure.ts';
import type { Operation } from './operation.ts';
import { createScreen } from './screen.ts';
import { lineColumns } from './output.ts';
import { lastEvents } from './status.ts';

const EVERY_MS = 1000;
/** How long it is said that the connection is back. */
const BACK_FOR_MS = 5000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What the last look brought. */
interface Seen {
  readonly heard: Heard<StatusView> & { readonly ok: true };
  readonly events: readonly RolloutEvent[] | null;
  readonly fingerprint: string;
  readonly atMs: number;
}

/**
 * Shows how things stand until somebody ends it: in place on a terminal, else a card (as `json` a line) for each
 * change. A connection that was there and is lost is waited for; one that never was is an error.
 */
export async function watch(operation: Operation): Promise<number> {
  const { client, terminal, format, clock } = operation;
  const screen = terminal.isTerminal && format === 'table' ? createScreen(terminal) : null;
  for (const signal of SIGNALS) process.once(signal, leave);
  let seen: Seen | null = null;
  let lostAtMs: number | null = null;
  let note = { text: '', untilMs: 0 };

  for (;;) {
    const heard = await client.get<StatusView>('/v1/status');
    const nowMs = clock.monotonicMs();
    if (heard.ok) {
      if (lostAtMs !== null) back(nowMs - lostAtMs, nowMs);
      lostAtMs = null;
      const former = seen;
      seen = await seenAfter(former, heard, nowMs);
      if (screen !== null) screen.show(cardLines(seen), footer(nowMs));
      else if (seen.fingerprint !== former?.fingerprint) print(seen);
    } else {
      if (seen === null || !isPassing(heard.failure)) {
        screen?.close();
        await tellFailure(client, heard.failure, format, terminal);
        return EXIT.failed;
      }
      if (lostAtMs === null && screen === null) terminal.error(`${lostText(heard.failure, 0)}\n`);
      lostAtMs ??= seen.atMs;
      screen?.show([
        terminal.paint('alarm', lostText(heard.failure, nowMs - lostAtMs)),
        ...cardLines(seen, clock.wallMs() - (nowMs - seen.atMs)),
      ]);
    }
    await pause(EVERY_MS);
  }

  /** Events are asked for again only when something has changed. */
  async function seenAfter(former: Seen | null, heard: Seen['heard'], atMs: number): Promise<Seen> {
    const fingerprint = fingerprintOf(heard.value);
    const isNews = fingerprint !== former?.fingerprint || former.events === null;
    return { heard, events: isNews ? await lastEvents(client) : former.events, fingerprint, atMs };
  }

  function leave(): void {
    screen?.close();
    process.exit(EXIT.ok);
  }

  function back(awayMs: number, nowMs: number): void {
    note = { text: `the connection is back, after ${phraseMs(awayMs, 2)}`, untilMs: nowMs + BACK_FOR_MS };
    if (screen === null) terminal.error(`${note.text}\n`);
  }

  function footer(nowMs: number): string {
    return nowMs < note.untilMs
      ? terminal.paint('green', note.text)
      : terminal.paint('dim', `${client.url}   Ctrl-C ends`);
  }

  function cardLines({ heard, events }: Seen, nowMs: number = clock.wallMs()): string[] {
    return cardOf({ status: heard.value, events, nowMs, columns: lineColumns(terminal) }, terminal.paint);
  }

  function print(now: Seen): void {
    terminal.out(format === 'json' ? `${now.heard.json}\n` : `${cardLines(now).join('\n')}\n\n`);
  }
}

function lostText(failure: Failure, awayMs: number): string {
  const why = failure.kind === 'problem' ? failure.problem.detail : failure.text;
  const since = awayMs < 1000 ? '' : `, for ${phraseMs(awayMs, 2)}: what follows is from then`;
  return `CONNECTION LOST (${why})${since}`;
}
