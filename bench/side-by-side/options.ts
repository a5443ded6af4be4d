import { parseArgs } from 'node:util';
import { CASES } from './cases.ts';
import type { Case } from './cases.ts';

export interface Options {
  readonly rounds: number;
  /** Of load that is measured, per contender, case and round. */
  readonly seconds: number;
  readonly warmSeconds: number;
  /** Names of contenders; all when empty. */
  readonly only: readonly string[];
  readonly cases: readonly Case[];
  readonly connections: readonly number[];
  /** The Node that Weir and the Node peers run on. */
  readonly node: string;
}

const USAGE = `npm run bench -- [options]
  --quick              one short round of the small and the 64 KiB answer at 64 connections, for a look
  --rounds N           default 3
  --seconds S          of measured load a sample, a whole number, default 3
  --only weir,nginx    these contenders
  --cases small,64k    of ${CASES.map(({ name }) => name).join(', ')}
  --connections 1,64   default 1,64,512
  --node PATH          the Node that Weir and the Node peers run on; default: this one`;

const list = (text: string | undefined): string[] => (text === undefined ? [] : text.split(','));

/** Reads the arguments; null when only the usage was wanted, which is then printed. */
export function readOptions(argv: readonly string[]): Options | null {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: flag,
      help: flag,
      rounds: text,
      seconds: text,
      only: text,
      cases: text,
      connections: text,
      node: text,
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return null;
  }
  const quick = values.quick === true;
  const names = values.cases === undefined && quick ? ['small', '64k'] : list(values.cases);
  for (const name of names) {
    if (!CASES.some((one) => one.name === name)) throw new Error(`no case is called "${name}"\n${USAGE}`);
  }
  return {
    rounds: Number(values.rounds ?? (quick ? 1 : 3)),
    seconds: Number(values.seconds ?? (quick ? 2 : 3)),
    warmSeconds: quick ? 1 : 2,
    only: list(values.only),
    cases: CASES.filter(({ name }) => names.length === 0 || names.includes(name)),
    connections: list(values.connections ?? (quick ? '64' : '1,64,512')).map(Number),
    node: values.node ?? process.execPath,
  };
}
