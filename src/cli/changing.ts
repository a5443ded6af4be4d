import type { Command } from 'commander';
import type { ChangeOptions, Edge, LocalOptions } from './operation.ts';
import { asking, changing, operate } from './operation.ts';
import type { ReleaseOptions } from './start.ts';

/** Registers the verbs that change something. */
export function addChangingVerbs(program: Command, edge: Edge): void {
  program.commandsGroup('Steer a running sidecar:');
  changing(
    describingRelease(program.command('start'))
      .description('send a candidate out: on its plan, on that of the file, or at the configured weight')
      .option('--plan <steps>', 'weight:hold, rising, each perhaps with :URL of a gate, as in 5%:2m,25%:5m,100%:10m'),
  )
    .addHelpText('after', START_HELP)
    .action((version: string, options: ReleaseOptions & ChangeOptions & { plan?: string }, command: Command) =>
      operate(edge, command, async (operation) => {
        const { parsePlan, start } = await import('./start.ts');
        const { plan: text, ...others } = options;
        const plan = text === undefined ? undefined : parsePlan(text);
        if (plan !== undefined && 'mistake' in plan) return command.error(`error: ${plan.mistake}`);
        return start(operation, version, { ...others, ...(plan && { plan }) });
      }),
    );
  changing(
    program
      .command('set-weight')
      .description('give the candidate a share of the requests by hand; the plan goes on with advance')
      .argument('<weights...>', 'percent for the candidate, or VERSION=PERCENT for one or both sides')
      .option('--local', LOCAL),
  )
    .addHelpText('after', '\nExamples:\n  weir set-weight 10\n  weir set-weight v1.3.0=25 v1.2.3=75 -m "looks good"')
    .action((words: string[], options: LocalOptions, command: Command) =>
      operate(edge, command, async (operation) => {
        const parsed = (await import('./weights.ts')).parseWeights(words);
        if ('mistake' in parsed) return command.error(`error: ${parsed.mistake}`);
        return (await import('./set-weight.ts')).setWeight(operation, parsed.weights, options);
      }),
    );
  for (const { verb, description, example } of PLAN_VERBS) {
    changing(program.command(verb))
      .description(description)
      .addHelpText('after', `\nExample:\n  weir ${verb} -m "${example}"`)
      .action((options: ChangeOptions, command: Command) =>
        operate(edge, command, async (operation) =>
          (await import('./follow-plan.ts')).followPlan(operation, verb, options),
        ),
      );
  }
  changing(
    program
      .command('rollback')
      .description('send everything back to stable at once, and keep it there')
      .option('--to <version>', 'to this known release instead, after its health check')
      .option('--local', LOCAL),
  )
    .allowExcessArguments()
    .addHelpText('after', '\nExamples:\n  weir rollback -m "checkout is slow"\n  weir rollback --to v1.2.2')
    .action((options: LocalOptions & { to?: string }, command: Command) => {
      const [came] = command.args;
      // Whether it is to go there or to leave there is not to be guessed.
      if (came !== undefined)
        command.error(`error: expected no version, to go to stable, or --to ${came}, got ${came}`);
      return operate(edge, command, async (operation) => (await import('./rollback.ts')).rollback(operation, options));
    });
  changing(
    program
      .command('switch')
      .description('blue-green: send everything to a known release in one step, with the old one kept as the way back')
      .argument('<version>', 'a release that weir releases lists'),
  )
    .addHelpText('after', '\nExample:\n  weir releases add v1.3.0 --url http://127.0.0.1:3001 && weir switch v1.3.0')
    .action((version: string, options: ChangeOptions, command: Command) =>
      operate(edge, command, async (operation) => (await import('./switch.ts')).switchTo(operation, version, options)),
    );
  changing(
    program
      .command('automation')
      .description('let Weir start, advance and promote by itself, or not; on lifts the breaker. Guards always act')
      .argument('<on|off>', 'which'),
  )
    .addHelpText('after', '\nExample:\n  weir automation on -m "the database is back"')
    .action((word: string, options: ChangeOptions, command: Command) => {
      if (word !== 'on' && word !== 'off') return command.error(`error: expected on or off, got "${word}"`);
      return operate(edge, command, async (operation) =>
        (await import('./automation.ts')).setAutomation(operation, word === 'on', options),
      );
    });
  addReleases(program, edge);
}

function addReleases(program: Command, edge: Edge): void {
  const releases = asking(program.command('releases'))
    .description('the releases that Weir knows and can go back to, oldest first')
    .addHelpText('after', '\nExamples:\n  weir releases\n  weir releases add v1.3.0 --url http://127.0.0.1:3001')
    .action((_options: object, command: Command) =>
      operate(edge, command, async (operation) => (await import('./releases.ts')).listReleases(operation)),
    );
  changing(describingRelease(releases.command('add')))
    .description('make a release known, so that it can be switched to; nothing goes to it yet')
    .action((version: string, options: ReleaseOptions & ChangeOptions, command: Command) =>
      operate(edge, command, async (operation) =>
        (await import('./releases.ts')).addRelease(operation, version, options),
      ),
    );
}

/** A version, its address, and where it came from. */
function describingRelease(command: Command): Command {
  return command
    .argument('<version>', 'which release it is; the same word for ever')
    .requiredOption('--url <url>', 'where it listens: http://, https:// or unix:/path.sock')
    .option('--image <text>', 'kept in the journal')
    .option('--commit <text>', 'kept in the journal')
    .option('--config-hash <text>', 'kept in the journal');
}

const LOCAL = 'of a fleet this one sidecar alone, only to 0; works while the store is away';

const PLAN_VERBS = [
  {
    verb: 'pause',
    description: 'stop the plan where it is; the weight stays, and the guards go on',
    example: 'support sees something',
  },
  {
    verb: 'resume',
    description: 'let a paused plan go on; the hold of its step begins anew',
    example: 'it was something else',
  },
  { verb: 'advance', description: 'take the next step of the plan now', example: 'seen enough at 5 %' },
  {
    verb: 'promote',
    description: 'make the candidate stable now; the guards stay on while it bakes',
    example: 'a quiet day at 100 %',
  },
] as const;

const START_HELP = `
Examples:
  weir start v1.3.0 --url http://127.0.0.1:3001
  weir start v1.3.0 --url http://127.0.0.1:3001 --plan 5%:2m,25%:5m,100%:10m --commit "$(git rev-parse HEAD)"
  weir start v1.3.0 --url http://127.0.0.1:3001 --plan 5%:2m,100%:10m:https://gates.example/weir`;
