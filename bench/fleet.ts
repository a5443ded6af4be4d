import { parseArgs } from 'node:util';
import { quantileOf } from '../src/simulate/detection.ts';
import { tableOf } from './evidence/table.ts';
import type { FewFigures } from './fleet/few.ts';
import { measureFew } from './fleet/few.ts';
import type { SizeFigures } from './fleet/size.ts';
import { measureSize } from './fleet/size.ts';

/**
 * A fleet on a real redis-server: simulated members that run the shipped fleet, control and windows, each on two
 * connections of its own, at one candidate request and 19 stable ones a second. Takes about five minutes; each size
 * less than two.
 */
const USAGE = `npm run bench -- fleet [--members 100,1000,3000]
  --members N,…   sizes of the fleet, 1 to 5000; default 100,1000,3000, and three members beside one sidecar alone`;
const MOST_MEMBERS = 5000;

export async function main(args: readonly string[]): Promise<void> {
  const options = { members: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.help === true) {
    console.log(USAGE);
    return;
  }
  const sizes = (values.members ?? '100,1000,3000').split(',').map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= MOST_MEMBERS)) throw new Error(USAGE);
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  if (values.members === undefined) console.log(`${fewTable(await measureFew(say))}\n`);
  const figures: SizeFigures[] = [];
  for (const size of sizes) figures.push(await measureSize(size, say));
  console.log(sizeTable(figures));
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const middleAndWorst = (times: readonly number[]): string =>
  `${seconds(quantileOf(times, 0.5))} (${seconds(Math.max(...times))})`;

function fewTable({ threeMs, aloneMs }: FewFigures): string {
  const rows = [
    ['one sidecar alone', middleAndWorst(aloneMs)],
    ['a fleet of three', middleAndWorst(threeMs)],
  ];
  return tableOf(['1 candidate request/s each, all fail: first failure to reset', 'median (longest of 30)'], rows);
}

function sizeTable(figures: readonly SizeFigures[]): string {
  const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
  const percent = (number: number): string => `${number.toFixed(number < 1 ? 2 : 1)} %`;
  const row = (title: string, cell: (size: SizeFigures) => string): string[] => [title, ...figures.map(cell)];
  return tableOf(
    ['members', ...figures.map(({ members }) => String(members))],
    [
      row('5 % fail: until all have reset, median (longest of 3)', ({ someFailMs }) => middleAndWorst(someFailMs)),
      row('all fail: the same', ({ allFailMs }) => middleAndWorst(allFailMs)),
      row('scripts a second', ({ load }) => load.scripts.toFixed(0)),
      row('commands a second within them', ({ load }) => load.inner.toFixed(0)),
      row('CPU of Redis, of a core', ({ load }) => percent(load.cpuPercent)),
      row('CPU of Redis while 5 % fail', ({ stressed }) => percent(stressed.cpuPercent)),
      row('to Redis, a member and second', ({ load, members }) => kib(load.inBytes / members)),
      row('from Redis, a member and second', ({ load, members }) => kib(load.outBytes / members)),
      row('memory of Redis, a member', ({ storeBytesPerMember }) => kib(storeBytesPerMember)),
      row('heap of a member', ({ heapBytes }) => kib(heapBytes)),
      row('CPU of a member, of a core', ({ cpuPercent }) => percent(cpuPercent)),
      row('event loop late, 99th percentile (of the bench)', ({ lateMs }) => `${lateMs.toFixed(0)} ms`),
    ],
  );
}

if (import.meta.main) await main(process.argv.slice(2));
