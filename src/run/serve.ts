import { Command } from 'commander';
import type { Build } from '../cli/build.ts';
import { EXIT } from '../cli/exit.ts';
import { parseLabel } from '../cli/labels.ts';
import type { Labels } from '../cli/labels.ts';
import type { Edge } from '../cli/operation.ts';
import type { Mistake } from '../config/load.ts';
import { worldOf } from './world.ts';

/** The program with the one verb that runs Weir. */
export function servingOf(edge: Edge, build: Build): Command {
  const program = new Command('weir')
    .description(
      'Splits traffic between a stable and a candidate release, and takes the candidate out when it breaks its limits.',
    )
    .version(`${build.version} (${build.commit})`)
    .exitOverride()
    .showHelpAfterError('(weir VERB --help shows what a verb takes, with examples)');
  program.commandsGroup('Run:');
  addServe(program, edge, build.version);
  return program;
}

/** Registers the verb that runs Weir. */
function addServe(program: Command, edge: Edge, version: string): void {
  program
    .command('serve')
    .description('serve traffic until SIGTERM or SIGINT')
    .requiredOption('--config <file>', 'configuration, YAML or JSON')
    .option('--label <name=value>', 'a field of every log line; may be given often', parseLabel, {})
    .addHelpText('after', '\nExample:\n  weir serve --config weir.yaml')
    .action(({ config, label }: { config: string; label: Labels }) => serve(config, label, version, edge));
}

async function serve(file: string, labels: Labels, version: string, edge: Edge): Promise<void> {
  const { formatMistake, loadConfig, loadText, readText } = await import('../config/load.ts');
  const refuse = (mistakes: readonly Mistake[]): void => {
    for (const mistake of mistakes) process.stderr.write(`${formatMistake(mistake)}\n`);
    edge.end(EXIT.badConfiguration);
  };
  const read = await readText(file);
  if ('mistakes' in read) return refuse(read.mistakes);
  const result = await loadText(read.text, file);
  if ('mistakes' in result) return refuse(result.mistakes);
  const { config } = result;
  const { startSidecar } = await import('../sidecar.ts');
  const { BindError } = await import('../support/bind.ts');
  const { createLog } = await import('../tell/log.ts');
  const { watchFile } = await import('../config/watch.ts');
  const log = createLog({ service: config.service, labels, ...config.log });
  // Without a listener a signal would end the process.
  process.on('SIGHUP', () => {});
  process.on('SIGUSR2', () => {});
  try {
    const sidecar = await startSidecar(config, worldOf(log, version));
    // A bug must cost one connection, not everybody's service: say it and go on.
    process.on('uncaughtException', (error) => log.error({ error }, 'an exception nobody caught; traffic goes on'));
    const watch = watchFile(
      file,
      read.text,
      async (text) => sidecar.reload(await loadText(text, file)),
      // Nothing changes, but the next start would fail: loading says what is wrong with it.
      async () => sidecar.reload(await loadConfig(file)),
    );
    process.on('SIGHUP', () => void watch.now());
    process.on('SIGUSR2', () => sidecar.leave());
    const stop = onceEach(
      () =>
        void sidecar.stop().then(
          () => process.exit(EXIT.ok),
          () => process.exit(EXIT.failed),
        ),
      () => process.exit(EXIT.failed),
    );
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  } catch (error) {
    if (!(error instanceof BindError)) throw error;
    process.stderr.write(`${error.message}\n`);
    edge.end(EXIT.failed);
  }
}

/** The first call drains; a second one, from somebody who will not wait, ends at once. */
function onceEach(first: () => void, second: () => void): () => void {
  let isFirst = true;
  return () => {
    if (!isFirst) return second();
    isFirst = false;
    first();
  };
}
