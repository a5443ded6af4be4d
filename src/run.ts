import { CommanderError } from 'commander';
import { buildOf } from './cli/build.ts';
import { EXIT } from './cli/exit.ts';
import type { Edge } from './cli/operation.ts';
import type { Environment } from './cli/output.ts';
import { servingOf } from './run/serve.ts';

const build = buildOf(new URL('..', import.meta.url));

/** Reads the arguments and does what they say; the exit code is left in `process.exitCode`. */
export async function run(argv: readonly string[], environment: Environment): Promise<void> {
  // Whoever reads through `head` has enough; nothing is wrong with that. Serving never ends for such a reason.
  const isServing = argv[2] === 'serve';
  if (!isServing) process.stdout.on('error', () => process.exit());
  const edge: Edge = { environment, end: (code) => (process.exitCode = code) };
  try {
    // Whoever serves keeps no other verb in memory: they are 3 MB.
    const program = isServing ? servingOf(edge, build) : (await import('./run/program.ts')).programOf(edge, build);
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}
