import type { Load } from './load.ts';
import type { Ledger } from './ledger.ts';
import { count, seconds } from './phrase.ts';
import type { Story } from './story.ts';
import type { Clock } from '../support/clock.ts';

const TICK_MS = 250;
/** Rates are over the last second. */
const TICKS = 4;

/** One look at the ledger: answers by version, and failures in all. */
interface Look {
  readonly sent: number;
  readonly answers: ReadonlyMap<string, number>;
  readonly failures: number;
}

/** Shows the last second's traffic until it is told to stop. */
export function startProgress({
  story,
  ledger,
  load,
  clock,
}: {
  readonly story: Story;
  readonly ledger: Ledger;
  readonly load: Load;
  readonly clock: Clock;
}): () => void {
  const startedAtMs = clock.monotonicMs();
  const looks: Look[] = [];
  const timer = setInterval(() => {
    looks.push(lookAt(ledger, load.sent()));
    if (looks.length > TICKS + 1) looks.shift();
    if (looks.length <= TICKS) return;
    story.show(
      `  ${seconds(clock.monotonicMs() - startedAtMs, 0).padStart(5)}   ${progressLine(looks[0]!, looks.at(-1)!)}`,
    );
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    story.clear();
  };
}

function lookAt(ledger: Ledger, sent: number): Look {
  const answers = ledger.versions().map((version) => [version ?? 'nobody', ledger.accountOf(version).answers] as const);
  return { sent, answers: new Map(answers), failures: ledger.total().failures };
}

/** The last second in one line: requests sent, answers by version, failures. */
export function progressLine(before: Look, after: Look): string {
  const parts = [...after.answers].map(
    ([version, answers]) => `${version} ${count(answers - (before.answers.get(version) ?? 0))}`,
  );
  return `in the last second: sent ${count(after.sent - before.sent)}, answered by ${parts.join(', ')}, failed ${count(after.failures - before.failures)}`;
}
