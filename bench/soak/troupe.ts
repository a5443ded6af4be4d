import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../src/support/random.ts';
import type { Behaviour } from './behaviour.ts';
import { CALM } from './behaviour.ts';

/** One upstream at a fixed port that has bad days. */
export class Player {
  readonly port: number;
  #child: ChildProcess | null = null;

  constructor(port: number) {
    this.port = port;
  }

  async start(): Promise<void> {
    const child = fork(join(import.meta.dirname, 'upstream.ts'), [String(this.port)]);
    this.#child = child;
    await once(child, 'message');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  behave(behaviour: Behaviour): void {
    this.#child?.send(behaviour);
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }
}

type Act = (player: Player, random: Random) => Promise<void>;

/** A behaviour for a while. */
const spell =
  (behaviourOf: (random: Random) => Partial<Behaviour>): Act =>
  async (player, random) => {
    player.behave({ ...CALM, ...behaviourOf(random) });
    await pause(500 + random() * 4000);
    player.behave(CALM);
  };

/** Everything bad that can happen to an upstream; each ends with it well again. */
export const ACTS: Readonly<Record<string, Act>> = {
  async killed(player, random) {
    await player.kill();
    await pause(200 + random() * 2500);
    await player.start();
  },
  async restarted(player) {
    await player.kill();
    await player.start();
  },
  async stalled(player, random) {
    player.signal('SIGSTOP');
    await pause(100 + random() * 5000);
    player.signal('SIGCONT');
  },
  slowed: spell((random) => ({ delayMs: random() * 800 })),
  failing: spell((random) => ({ failing: random() })),
  cutting: spell((random) => ({ cutting: random() * 0.5 })),
  garbling: spell((random) => ({ garbling: random() * 0.5 })),
  early: spell((random) => ({ answeringEarly: random() })),
  closing: spell((random) => ({ closingAfter: 1 + Math.floor(random() * 20) })),
  dropping: spell((random) => ({ dropping: random() * 0.3 })),
};
