import type { Command } from 'commander';
import { parseDuration } from '../support/units.ts';
import type { Edge } from './operation.ts';
import { asking, operate } from './operation.ts';

interface StatusOptions {
  readonly watch?: true;
  readonly wait?: true;
  readonly timeout?: string;
  readonly candidate?: string;
}

/** Registers the verbs that look and change nothing. */
export function addLookingVerbs(program: Command, edge: Edge): void {
  program.commandsGroup('Look at a running sidecar:');
  asking(
    program
      .command('status')
      .description('what is going on: phase, weights, verdict, plan, trouble, last events')
      .option('--watch', 'refresh every second until Ctrl-C; without a terminal one card for each change')
      .option('--wait', 'wait for the end of the rollout; the exit code says how it ended')
      .option('--timeout <duration>', 'with --wait: give up after this, exit code 4 (default: 30m)')
      .option(
        '--candidate <version>',
        'with --wait: this version, also when it is still to come; else the one under way',
      ),
  )
    .addHelpText('after', STATUS_HELP)
    .action((options: StatusOptions, command: Command) => {
      const { watch, wait, timeout, candidate } = options;
      if (watch && wait) command.error('error: expected --watch or --wait, got both');
      if (!wait && (timeout ?? candidate) !== undefined) {
        const given = timeout === undefined ? '--candidate' : '--timeout';
        command.error(`error: expected --wait beside ${given}, got ${given} alone`);
      }
      const duration = parseDuration(timeout ?? '30m');
      if ('mistake' in duration) return command.error(`error: --timeout: ${duration.mistake}`);
      return operate(edge, command, async (operation) => {
        if (watch) return (await import('./watch.ts')).watch(operation);
        if (!wait) return (await import('./status.ts')).showStatus(operation);
        const { wait: waitForEnd } = await import('./wait.ts');
        return waitForEnd(operation, { timeoutMs: duration.value, version: candidate ?? null });
      });
    });
  asking(
    program
      .command('history')
      .description('what happened, the newest first')
      .option('--limit <count>', 'how many events, 1 to 1000', '20'),
  )
    .addHelpText('after', '\nExamples:\n  weir history --limit 50\n  weir history -o json | jq .events[0].reason')
    .action(({ limit }: { readonly limit: string }, command: Command) =>
      operate(edge, command, async (operation) => (await import('./history.ts')).history(operation, limit)),
    );
}

const STATUS_HELP = `
Exit codes of --wait:
  0  promoted: the version is stable and its bake is over
  1  failed: replaced or withdrawn, nothing to wait for, refused, or unreachable for a minute
  3  rolled back, also when that was before the wait began
  4  timed out; nothing is changed, and the rollout goes on

Examples:
  weir status
  weir status --watch
  weir start v1.3.0 --url http://127.0.0.1:3001 && weir status --wait --candidate v1.3.0
  weir status -o json | jq -r .phase`;
