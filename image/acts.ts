import { randomUUID } from 'node:crypto';
import { createChildren } from '../src/demo/children.ts';
import { play } from '../src/demo/play.ts';
import { openStage } from '../src/demo/stage.ts';
import { createStory } from '../src/demo/story.ts';
import { systemClock } from '../src/support/clock.ts';
import { containerOf } from './container.ts';
import { succeeds } from './programs.ts';

/** Plays the demo with Weir in its container, and the upstreams and the load beside it; true when all it claims held. */
export async function playAgainst(): Promise<boolean> {
  const name = `weir-acts-${randomUUID().slice(0, 8)}`;
  const end = new AbortController();
  const plain = (_: unknown, text: string): string => text;
  const story = createStory({
    write: (text) => void process.stdout.write(text),
    isTerminal: false,
    columns: () => 120,
    paint: plain,
    clock: systemClock,
  });
  const children = createChildren(
    (child) => end.abort(new Error(`${child} ended by itself`)),
    (configFile) => ['podman', ...containerOf(name, configFile)],
  );
  const stage = await openStage();
  try {
    return await play({ stage, children, story, paint: plain, stay: false, clock: systemClock, signal: end.signal });
  } finally {
    await children.endAll(10_000);
    succeeds('podman', ['rm', '--force', '--ignore', name]);
    await stage.remove();
  }
}
