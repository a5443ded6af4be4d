import { monotonicMs } from './clock.ts';
import type { Refusal } from './refusal.ts';
import { refusalIn } from './refusal.ts';
import type { Session } from './session.ts';
import type { Message } from './sse.ts';
import { createMessageReader } from './sse.ts';

export interface ConnectionParts {
  readonly session: Session;
  message(message: Message): void;
  /** It has begun, or begun again. */
  opened(): void;
  /** `answer` is what Weir says instead, for a person; '' where it says nothing. */
  lost(answer: string): void;
}

/** The server sends something each second; after this much silence the line is dead, whatever TCP believes. */
const SILENCE_MS = 5000;
const WAITS_MS = [500, 1000, 2000, 3000];

/** Follows `/v1/events` for ever, and goes on after each break with what came since. */
export async function follow({ session, message, opened, lost }: ConnectionParts): Promise<never> {
  let lastId = '';
  for (let failures = 0; ; failures++) {
    const abort = new AbortController();
    let heardAtMs = monotonicMs();
    let watchdog: ReturnType<typeof setInterval> | undefined;
    let answer = '';
    try {
      const headers: Record<string, string> = lastId === '' ? {} : { 'Last-Event-ID': lastId };
      const response = await session.fetch('/v1/events', { headers, signal: abort.signal });
      if (!response.ok) answer = answerOf(await refusalIn(response));
      if (!response.ok || response.body === null) throw new Error(answer);
      heardAtMs = monotonicMs();
      watchdog = setInterval(() => {
        if (monotonicMs() - heardAtMs > SILENCE_MS) abort.abort();
      }, 1000);
      opened();
      const messages = createMessageReader(lastId);
      for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
        heardAtMs = monotonicMs();
        failures = 0;
        for (const read of messages.read(piece)) message(read);
        lastId = messages.lastId();
      }
    } catch {
      // Why it broke makes no difference: it is tried again, and the page says since when.
    }
    clearInterval(watchdog);
    lost(answer);
    await waited(WAITS_MS[Math.min(failures, WAITS_MS.length - 1)]!);
  }
}

const answerOf = ({ status, detail }: Refusal): string => `It answers ${status}${detail === '' ? '' : `: ${detail}`}.`;

function waited(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
