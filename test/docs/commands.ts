import type { Command } from 'commander';
import { programOf } from '../../src/run/program.ts';

/** Commands of the program as pages show them, read as the program would read them, without doing anything. */

/** Each call of `weir` in a shell script, also by `npm run weir --`, `npm start --` and `kubectl exec … --`. */
export function callsIn(script: string): string[][] {
  const joined = script
    .replaceAll(/\\\n\s*/g, ' ')
    .replaceAll(/<<'?END'?[^\n]*\n[\s\S]*?^END$/gm, '')
    .replaceAll(/npm run (?:-s )?weir -- (?=[a-z])/g, 'weir ')
    .replaceAll(/npm start -- (?=-)/g, 'weir serve ');
  return joined
    .split('\n')
    .flatMap((line) =>
      [...line.matchAll(/(?:^|[|;&(]|--|exec weir)\s*weir (?=[a-z-])([^\n]*)/g)].map(([, rest = '']) => wordsOf(rest)),
    );
}

/** The words of one simple command, up to where another begins. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|[|;&>)]+|#.*|[^\s"'|;&>)]+/g)) {
    if (/^[|;&>)#]/.test(token)) break;
    words.push(token.replaceAll(/^["']|["']$/g, ''));
  }
  return words;
}

/** What is wrong with a call, or null. `isWhole` asks for every argument too. */
export function mistakeIn([verb = '', ...args]: readonly string[], isWhole = true): string | null {
  if (['--version', '--help'].includes(verb)) return null;
  const program = programOf({ environment: {}, end: () => {} }, { version: '0.0.0', commit: 'test' });
  const command = program.commands.find((one) => one.name() === verb);
  if (command === undefined) return `there is no verb ${verb}`;
  return mistakeOf(command, args, isWhole);
}

function mistakeOf(command: Command, args: readonly string[], isWhole: boolean): string | null {
  const inner = command.commands.find((one) => one.name() === args[0]);
  if (inner !== undefined) return mistakeOf(inner, args.slice(1), isWhole);
  try {
    const { operands, unknown } = command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .parseOptions([...args]);
    const options = unknown.filter((word) => word !== '--help');
    if (options.length > 0) return `${command.name()} has no ${options.join(' ')}`;
    const [least, most] = arityOf(command);
    if (operands.length > most) return `${command.name()} takes no "${operands.at(-1)}"`;
    if (isWhole && operands.length < least) return `${command.name()} wants ${least} arguments, got ${operands.length}`;
    return null;
  } catch (error) {
    return String(error);
  }
}

function arityOf({ registeredArguments }: Command): [least: number, most: number] {
  const least = registeredArguments.filter(({ required }) => required).length;
  const isOpen = registeredArguments.some(({ variadic }) => variadic);
  return [least, isOpen ? Number.POSITIVE_INFINITY : registeredArguments.length];
}
