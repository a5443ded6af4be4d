import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES } from './side-by-side/cases.ts';
import type { Case } from './side-by-side/cases.ts';
import { CORE, directory, freePort, isInstalled, startServer, stopServer } from './side-by-side/children.ts';
import { configOf, contendersOn } from './side-by-side/contenders.ts';
import type { Contender } from './side-by-side/contenders.ts';
import { machineFacts } from './side-by-side/machine.ts';
import { readOptions } from './side-by-side/options.ts';
import { sample } from './side-by-side/sample.ts';
import type { Sample } from './side-by-side/sample.ts';
import { tableOf } from './side-by-side/table.ts';

/** Starting and ending a contender. */
const OVERHEAD_SECONDS = 2;

/**
 * Measures Weir and its peers side by side: for every kind of load they take turns, round after round, because a
 * machine is never the same twice. Prints Markdown to stdout, progress to stderr.
 */
export async function sideBySide(argv: readonly string[]): Promise<void> {
  const options = readOptions(argv);
  if (options === null) return;
  for (const [program, hint] of [
    ['wrk', 'wrk'],
    ['nginx', 'nginx-light'],
  ] as const) {
    if (!isInstalled(program)) throw new Error(`${program} is needed for load and backend: apt-get install ${hint}`);
  }
  const known = contendersOn(options.node).filter(
    ({ name }) => options.only.length === 0 || options.only.includes(name),
  );
  for (const { name, missing } of known) if (missing !== null) tell(`${name} is left out: ${missing}`);
  const contenders = known.filter(({ missing }) => missing === null);

  const loads = options.cases.flatMap((one) => options.connections.map((connections) => ({ one, connections })));
  const perSample = options.seconds + options.warmSeconds + OVERHEAD_SECONDS;
  const minutes = (loads.length * contenders.length * options.rounds * perSample) / 60;
  tell(
    `${contenders.length} contenders, ${loads.length} loads, ${options.rounds} rounds: about ${Math.ceil(minutes)} min`,
  );
  tell(`Weir and the Node peers run on ${options.node}`);

  const backend = { stable: await freePort(), candidate: await freePort() };
  writeFiles();
  const ports = { ...backend, listen: 0 };
  const server = await startServer(CORE.load, ['nginx', '-c', configOf('backend.conf', ports)], backend.stable);
  console.log(`${machineFacts(options.node, contenders)}\n`);
  for (const { one, connections } of loads) {
    const rows = contenders.map((contender) => ({ contender, name: contender.name, samples: [] as Sample[] }));
    for (let round = 0; round < options.rounds; round++) {
      // Every other round backwards, so that nobody always comes after the same neighbour.
      for (const { contender, samples } of round % 2 === 0 ? rows : rows.toReversed()) {
        samples.push(await sample(contender, one, connections, backend, options));
        tell(progress(one, connections, round, contender, samples.at(-1)!));
      }
    }
    console.log(`**${one.title}, ${connections} connections**\n\n${tableOf(rows)}\n`);
  }
  await stopServer(server);
}

function writeFiles(): void {
  const files = join(directory, 'files');
  mkdirSync(files);
  for (const { name, answerBytes } of CASES) {
    if (answerBytes === 0) continue;
    writeFileSync(join(files, name), '');
    truncateSync(join(files, name), answerBytes);
  }
}

function progress(
  one: Case,
  connections: number,
  round: number,
  { name }: Contender,
  { cpuUsPerRequest }: Sample,
): string {
  return `${one.name}, ${connections} connections, round ${round + 1}: ${name} ${cpuUsPerRequest.toFixed(1)} µs`;
}

const tell = (text: string): void => void process.stderr.write(`${text}\n`);
