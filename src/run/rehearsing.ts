import type { Command } from 'commander';
import { EXIT } from '../cli/exit.ts';
import type { Edge } from '../cli/operation.ts';
import { outputOption } from '../cli/operation.ts';
import type { Format, Output } from '../cli/output.ts';
import { worldOf } from './world.ts';

/** The process's own, for verbs that need no more of it. */
export const OUTPUT: Output = {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
};

/** Registers the verbs that need no running sidecar: what a configuration means, and what would happen. */
export function addRehearsingVerbs(program: Command, { end }: Edge, version: string): void {
  program.commandsGroup('Before, and afterwards:');
  program
    .command('check')
    .description('say what a configuration means, or everything that is wrong with it')
    .argument('<file>', 'configuration, YAML or JSON')
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  weir check weir.yaml\n  weir check weir.yaml -o json | jq -r .mistakes[].rule',
    )
    .action(async (file: string, { output }: Answering) => {
      const { check } = await import('../cli/check.ts');
      end(await check(file, output, OUTPUT));
    });
  program
    .command('explain')
    .description('say what the limits will do at a rate of traffic, or compute the verdict of a reset once more')
    .option('--config <file>', 'configuration, YAML or JSON')
    .option('--rate <number>', 'requests per second of the whole service', '10')
    .option('--share <percent>', "the candidate's share, like 5%; else that of the configuration")
    .option('--event <seq>', 'the event of the journal to explain; with --state alone the last reset')
    .option('--state <dir>', 'the state directory; else that of the configuration')
    .addOption(outputOption())
    .addHelpText('after', EXPLAIN_HELP)
    .action(async (options: ExplainOptions, command: Command) => {
      end(await explain(options, command));
    });
  program
    .command('drill')
    .description('rehearse the way back with the limits of a configuration: what is detected, how soon, who sees it')
    .requiredOption('--config <file>', 'configuration, YAML or JSON')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  weir drill --config weir.yaml')
    .action(async ({ config, output }: Answering & { config: string }) => {
      const { runDrill } = await import('../drill/drill.ts');
      const silence = (): void => {};
      const log = { debug: silence, info: silence, warn: silence, error: silence };
      end(await runDrill(config, worldOf(log, version), output, OUTPUT));
    });
  program
    .command('demo')
    .description('see it work on this machine: real upstreams, real load, a candidate that goes bad')
    .option('--stay', 'keep everything running afterwards, until Ctrl-C')
    .addHelpText('after', '\nExample:\n  weir demo --stay')
    .action(async ({ stay = false }: { stay?: boolean }) => {
      const { runDemo } = await import('../demo/demo.ts');
      end(await runDemo({ stay }));
    });
}

interface Answering {
  readonly output: Format;
}

interface ExplainOptions extends Answering {
  readonly config?: string;
  readonly rate: string;
  readonly share?: string;
  readonly event?: string;
  readonly state?: string;
}

async function explain(options: ExplainOptions, command: Command): Promise<number> {
  const { config, rate, share, event, state, output } = options;
  if (config === undefined && state === undefined)
    command.error('error: expected --config FILE or --state DIR, got neither');
  if (event !== undefined || config === undefined) {
    if (event !== undefined && !/^[1-9]\d{0,14}$/.test(event))
      command.error(`error: expected --event 7, got "${event}"`);
    const { explainEvent } = await import('../cli/explain-event.ts');
    const dir = state ?? (await stateDirOf(config ?? '', output));
    if (dir === null) return EXIT.badConfiguration;
    return explainEvent(dir, event === undefined ? null : Number(event), output, OUTPUT);
  }
  const verb = await import('../cli/explain.ts');
  const requestsPerSecond = verb.parseRate(rate);
  if (requestsPerSecond === null) return command.error(`error: expected --rate 5, more than 0, got "${rate}"`);
  const wanted = share === undefined ? null : verb.parseShareOption(share);
  if (share !== undefined && wanted === null) return command.error(`error: expected --share 5%, got "${share}"`);
  return verb.explain(config, { requestsPerSecond, share: wanted }, output, OUTPUT);
}

/** Where a configuration keeps its journal; null, and its mistakes told, when it is none. */
async function stateDirOf(file: string, output: Format): Promise<string | null> {
  const { loadConfig } = await import('../config/load.ts');
  const { textOfMistakes } = await import('../config/mistake-views.ts');
  const result = await loadConfig(file);
  if ('config' in result) return result.config.journal.dir;
  OUTPUT.error(textOfMistakes(result.mistakes, output));
  return null;
}

const EXPLAIN_HELP = `
Examples:
  weir explain --config weir.yaml --rate 100 --share 5%
  weir explain --state ./state --event 7`;
