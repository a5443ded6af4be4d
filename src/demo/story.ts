import type { Clock } from '../support/clock.ts';

export type Tone = 'bold' | 'dim' | 'green' | 'red' | 'yellow';
export type Paint = (tone: Tone, text: string) => string;

/** What is told while the demo runs: lines that stay, and one that is replaced in place. */
export interface Story {
  say(line?: string): void;
  /** Shows how things stand: in place on a terminal, else as a line of its own, one a second at most. */
  show(line: string): void;
  /** Takes away what `show` left on a terminal. */
  clear(): void;
}

export interface StoryParts {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Of the terminal, now. */
  readonly columns: () => number;
  readonly paint: Paint;
  readonly clock: Clock;
}

const CLEAR_LINE = '\r\u001b[2K';
const PIPE_PAUSE_MS = 990;

export function createStory({ write, isTerminal, columns, paint, clock }: StoryParts): Story {
  let shown = '';
  let shownAtMs = Number.NEGATIVE_INFINITY;

  function show(line: string): void {
    if (isTerminal) {
      shown = line.slice(0, Math.max(20, columns() - 1));
      write(`${CLEAR_LINE}${paint('dim', shown)}`);
      return;
    }
    const nowMs = clock.monotonicMs();
    if (nowMs - shownAtMs < PIPE_PAUSE_MS) return;
    shownAtMs = nowMs;
    write(`${paint('dim', line)}\n`);
  }

  function clear(): void {
    if (shown !== '') write(CLEAR_LINE);
    shown = '';
  }

  function say(line = ''): void {
    const before = shown;
    clear();
    write(`${line}\n`);
    if (before !== '') show(before);
  }

  return { say, show, clear };
}
