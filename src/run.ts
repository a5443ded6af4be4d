import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { Mistake } from './config/load.ts';
import { formatMistake, loadConfig, loadText, readText } from './config/load.ts';
import { watchFile } from './config/watch.ts';
import { systemClock } from './support/clock.ts';
import { newId, systemRandom } from './support/random.ts';

const metadata = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

/** The exit codes of design.md section 5 that this version uses. */
const EXIT = { failed: 1, usage: 2, badConfiguration: 64 };

/** Reads the arguments and does what they say; the exit code is left in `process.exitCode`. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await programOf().parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
  }
}

function programOf(): Command {
  const program = new Command('weir')
    .description(
      'Splits traffic between a stable and a candidate release, and takes the candidate out when it breaks its limits.',
    )
    .version(metadata.version)
    .exitOverride();
  program
    .command('serve')
    .description('serve traffic until SIGTERM or SIGINT')
    .requiredOption('--config <file>', 'configuration, YAML or JSON')
    .action(({ config }: { config: string }) => serve(config));
  program
    .command('check')
    .description('say what a configuration means, or everything that is wrong with it')
    .argument('<file>', 'configuration, YAML or JSON')
    .action(async (file: string) => {
      const { check } = await import('./cli/check.ts');
      process.exitCode = await check(file, OUTPUT);
    });
  program
    .command('drill')
    .description('rehearse the way back with the limits of a configuration: what is detected, how soon, who sees it')
    .requiredOption('--config <file>', 'configuration, YAML or JSON')
    .action(async ({ config }: { config: string }) => {
      const { runDrill } = await import('./drill/drill.ts');
      const silence = (): void => {};
      const log = { debug: silence, info: silence, warn: silence, error: silence };
      const world = { clock: systemClock, random: systemRandom, newId, log, version: metadata.version };
      process.exitCode = await runDrill(config, world, OUTPUT);
    });
  program
    .command('explain')
    .description('say what the limits will do at a rate of traffic, or compute the verdict of a reset once more')
    .option('--config <file>', 'configuration, YAML or JSON')
    .option('--rate <number>', 'requests per second of the whole service', '10')
    .option('--share <percent>', "the candidate's share, like 5%; else that of the configuration")
    .option('--event <seq>', 'the event of the journal to explain; with --state alone the last reset')
    .option('--state <dir>', 'the state directory; else that of the configuration')
    .action((options: ExplainOptions, command: Command) => explain(options, command));
  program
    .command('demo')
    .description('see it work on this machine: real upstreams, real load, a candidate that goes bad')
    .option('--stay', 'keep everything running afterwards, until Ctrl-C')
    .action(async ({ stay = false }: { stay?: boolean }) => {
      const { runDemo } = await import('./demo/demo.ts');
      process.exitCode = await runDemo({ stay });
    });
  return program;
}

const OUTPUT = {
  out: (text: string) => void process.stdout.write(text),
  error: (text: string) => void process.stderr.write(text),
};

interface ExplainOptions {
  readonly config?: string;
  readonly rate: string;
  readonly share?: string;
  readonly event?: string;
  readonly state?: string;
}

async function explain({ config, rate, share, event, state }: ExplainOptions, command: Command): Promise<void> {
  if (config === undefined && state === undefined) command.error('error: expected --config FILE or --state DIR');
  if (event !== undefined || config === undefined) {
    if (event !== undefined && !/^[1-9]\d{0,14}$/.test(event))
      command.error(`error: expected --event 7, got "${event}"`);
    const { explainEvent } = await import('./cli/explain-event.ts');
    const dir = state ?? (await stateDirOf(config ?? ''));
    if (dir !== null) process.exitCode = await explainEvent(dir, event === undefined ? null : Number(event), OUTPUT);
    return;
  }
  const verb = await import('./cli/explain.ts');
  const requestsPerSecond = verb.parseRate(rate);
  if (requestsPerSecond === null) return command.error(`error: expected --rate 5, more than 0, got "${rate}"`);
  const wanted = share === undefined ? null : verb.parseShareOption(share);
  if (share !== undefined && wanted === null) return command.error(`error: expected --share 5%, got "${share}"`);
  process.exitCode = await verb.explain(config, { requestsPerSecond, share: wanted }, OUTPUT);
}

/** Where a configuration keeps its journal; null, and its mistakes told, when it is none. */
async function stateDirOf(file: string): Promise<string | null> {
  const result = await loadConfig(file);
  if ('config' in result) return result.config.journal.dir;
  for (const mistake of result.mistakes) process.stderr.write(`${formatMistake(mistake)}\n`);
  process.exitCode = EXIT.badConfiguration;
  return null;
}

async function serve(file: string): Promise<void> {
  const read = await readText(file);
  if ('mistakes' in read) return refuse(read.mistakes);
  const result = await loadText(read.text, file);
  if ('mistakes' in result) return refuse(result.mistakes);
  const { config } = result;
  const { startSidecar } = await import('./sidecar.ts');
  const { BindError } = await import('./support/bind.ts');
  const { createLog } = await import('./tell/log.ts');
  const log = createLog({ service: config.service, ...config.log });
  // Without a listener the signal would end the process.
  process.on('SIGHUP', () => {});
  try {
    const world = { clock: systemClock, random: systemRandom, newId, log, version: metadata.version };
    const sidecar = await startSidecar(config, world);
    // A bug must cost one connection, not everybody's service: say it and go on.
    process.on('uncaughtException', (error) => log.error({ error }, 'an exception nobody caught; traffic goes on'));
    const watch = watchFile(file, read.text, async (text) => sidecar.reload(await loadText(text, file)));
    process.on('SIGHUP', () => void watch.now());
    const stop = onceEach(
      () =>
        void sidecar.stop().then(
          () => process.exit(0),
          () => process.exit(EXIT.failed),
        ),
      () => process.exit(EXIT.failed),
    );
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  } catch (error) {
    if (!(error instanceof BindError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = EXIT.failed;
  }
}

function refuse(mistakes: readonly Mistake[]): void {
  for (const mistake of mistakes) process.stderr.write(`${formatMistake(mistake)}\n`);
  process.exitCode = EXIT.badConfiguration;
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
