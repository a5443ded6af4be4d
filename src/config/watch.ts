import { readFile } from 'node:fs/promises';

/**
 * Notices that a file says something else: the configuration, or the tokens. It looks at the content, through whatever
 * links lead there, twice a second: Kubernetes mounts a ConfigMap as file → ..data → ..2026_…/ and swaps `..data`, of
 * which a watch on the file sees nothing, and some file systems announce nothing at all. A text is reported when it has
 * been the same for two looks, so that no half-written file is read; a file that is gone for a moment is not a change,
 * and one that comes back after it was missed is reported whatever it says.
 */
export interface Watch {
  /** Looks at once, and reports the text even when it is the same as before; or that there is none. */
  now(): Promise<void>;
  stop(): void;
}

const LOOK_EVERY_MS = 500;

/**
 * @param known the text that was read at the start. @param changed told of each new text; awaited before the next look.
 * @param gone told once when two looks in a row could not read it; awaited too.
 */
export function watchFile(
  file: string,
  known: string,
  changed: (text: string) => Promise<void>,
  gone: () => void | Promise<void>,
): Watch {
  let reported: string | null = known;
  let seen = known;
  let misses = 0;
  let turn = Promise.resolve();

  async function look(): Promise<void> {
    const text = await textOf(file);
    misses = text === null ? misses + 1 : 0;
    if (misses === 2) await miss();
    if (text === null) return;
    const isStill = text === seen;
    seen = text;
    if (isStill && text !== reported) await report(text);
  }

  async function report(text: string): Promise<void> {
    reported = text;
    await changed(text);
  }

  async function miss(): Promise<void> {
    reported = null;
    await gone();
  }

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work, work);
    return turn;
  };

  const timer = setInterval(() => void inTurn(look), LOOK_EVERY_MS);
  timer.unref();

  return {
    now: () =>
      inTurn(async () => {
        const text = await textOf(file);
        if (text === null) return miss();
        seen = text;
        await report(text);
      }),
    stop: () => clearInterval(timer),
  };
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return null;
  }
}
