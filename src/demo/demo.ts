import { styleText } from 'node:util';
import { systemClock } from '../support/clock.ts';
import { createChildren } from './children.ts';
import { CalledOff, play } from './play.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { createStory } from './story.ts';
import type { Paint } from './story.ts';

const paint: Paint = (tone, text) => styleText(tone, text);
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const OK = 0;
const FAILED = 1;
/** For children that are ended early. */
const PATIENCE_MS = 3000;

/**
 * The main job on one machine: Weir between real upstreams, under real load, with a candidate that goes bad. Resolves
 * with the exit code, 0 only when all that the demo claims really happened. No process of it outlives it.
 */
export async function runDemo({ stay }: { readonly stay: boolean }): Promise<number> {
  const end = new AbortController();
  const { stdout } = process;
  const story = createStory({
    write: (text) => void stdout.write(text),
    isTerminal: stdout.isTTY,
    columns: () => stdout.columns || 80,
    paint,
    clock: systemClock,
  });
  const children = createChildren((name, { code, signal }) =>
    end.abort(new Error(`${name} ended by itself (${code === null ? signal : `exit code ${code}`})`)),
  );
  const callOff = (): void => {
    // Whoever asks twice will not wait.
    if (end.signal.aborted) children.killAll();
    end.abort(new CalledOff('called off'));
  };
  for (const signal of SIGNALS) process.on(signal, callOff);
  stdout.on('error', callOff);
  process.on('exit', children.killAll);

  let stage: Stage | null = null;
  let isKept = true;
  try {
    stage = await openStage();
    const isGood = await play({ stage, children, story, paint, stay, clock: systemClock, signal: end.signal });
    isKept = !isGood;
    return isGood ? OK : FAILED;
  } catch (error) {
    const cause: unknown = end.signal.aborted ? end.signal.reason : error;
    isKept = !(cause instanceof CalledOff);
    story.clear();
    story.say(
      paint('red', `The demo was not played to its end: ${cause instanceof Error ? cause.message : String(cause)}`),
    );
    return FAILED;
  } finally {
    await children.endAll(PATIENCE_MS);
    if (isKept && stage !== null) story.say(`What Weir wrote is kept: its log is ${stage.logFile}`);
    else await stage?.remove();
    for (const signal of SIGNALS) process.off(signal, callOff);
    process.off('exit', children.killAll);
  }
}
