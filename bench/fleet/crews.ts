import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Answer, Look, Order, Reset } from './orders.ts';

/** A process full of members, as the bench sees it. It ends when this one does, for it is told over a pipe. */
export interface CrewProcess {
  tell(order: Order): Promise<void>;
  look(collects?: boolean): Promise<Look>;
  /** Everything that was reset since the last call. */
  resets(): readonly Reset[];
  end(): void;
}

export function startCrew(): CrewProcess {
  const child: ChildProcess = fork(join(import.meta.dirname, 'crew.ts'), { execArgv: ['--expose-gc'] });
  let resets: Reset[] = [];
  let hear: (answer: Exclude<Answer, Reset>) => void = () => {};
  let fail: (error: Error) => void = () => {};
  child.on('message', (answer: Answer) => {
    if (answer.kind === 'reset') resets.push(answer);
    else hear(answer);
  });
  child.on('exit', (code) => fail(new Error(`a process with members ended with ${code}`)));

  /** One at a time. */
  const ask = (order: Order): Promise<Exclude<Answer, Reset>> =>
    new Promise((resolve, reject) => {
      hear = resolve;
      fail = reject;
      child.send(order);
    });

  return {
    tell: async (order) => void (await ask(order)),
    async look(collects = false) {
      const answer = await ask({ kind: 'look', collects });
      if (answer.kind !== 'look') throw new Error(`expected a look, got ${answer.kind}`);
      return answer;
    },
    resets() {
      const all = resets;
      resets = [];
      return all;
    },
    end: () => void child.kill('SIGKILL'),
  };
}
