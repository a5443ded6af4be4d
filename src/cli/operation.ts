import type { Command } from 'commander';
import { Option } from 'commander';
import { systemClock, type Clock } from '../support/clock.ts';
import type { Client } from './client.ts';
import type { ConnectionOptions } from './connection.ts';
import { EXIT } from './exit.ts';
import type { Environment, Format, Terminal } from './output.ts';
import { FORMATS } from './output.ts';

/** What a verb needs that talks to a running sidecar. */
export interface Operation {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly format: Format;
  readonly clock: Clock;
}

/** What every change may say. */
export interface ChangeOptions {
  readonly reason?: string;
  readonly force?: true;
  readonly ifRevision?: number;
}

export interface LocalOptions extends ChangeOptions {
  /** This sidecar alone, whatever its fleet does. */
  readonly local?: true;
}

/** The verbs that are registered, and what they may use of the process. */
export interface Edge {
  readonly environment: Environment;
  /** Told the exit code of the verb that ran. */
  end(code: number): void;
}

/** Adds the options by which a sidecar is reached. */
export function asking(command: Command): Command {
  return command
    .optionsGroup('Where, and how to answer:')
    .option('--admin <url>', "the sidecar's admin API; else WEIR_ADMIN, else http://127.0.0.1:9901")
    .option('--token-file <file>', 'a file with the token; else WEIR_TOKEN, or the file in WEIR_TOKEN_FILE')
    .option('--token <token>', 'the token itself. Whoever lists processes sees it: prefer --token-file')
    .option('--ca <file>', "certificates to trust for https, PEM; else the system's")
    .addOption(outputOption("table for people, json for the API's answer as it is"));
}

/** How a verb answers. */
export function outputOption(description = 'table for people, json for programs'): Option {
  return new Option('-o, --output <format>', description).choices(FORMATS).default('table');
}

/** Adds the options of a change, too. */
export function changing(command: Command): Command {
  asking(command);
  return command
    .optionsGroup('What every change may say:')
    .option('-m, --reason <text>', 'why; it stays in the journal')
    .option('--force', 'override health checks, gates and the breaker, where rollout.allowForce is on; takes a reason')
    .option('--if-revision <number>', 'only if this is still the revision, as weir status shows it', (text) => {
      if (!/^(?:0|[1-9]\d{0,14})$/.test(text)) command.error(`error: expected --if-revision 5, got "${text}"`);
      return Number(text);
    });
}

/** Runs a verb against the sidecar that its options name. Everything but the options is loaded here, when needed. */
export async function operate(
  { environment, end }: Edge,
  command: Command,
  verb: (operation: Operation) => Promise<number>,
): Promise<void> {
  const options: ConnectionOptions & { readonly output: Format } = command.optsWithGlobals();
  const { connectionOf } = await import('./connection.ts');
  const { createClient } = await import('./client.ts');
  const { createTerminal } = await import('./terminal.ts');
  const connection = await connectionOf(options, environment);
  if ('mistake' in connection) return command.error(`error: ${connection.mistake}`, { exitCode: EXIT.usage });
  const terminal = createTerminal(environment);
  if (connection.warning !== null) terminal.error(`weir: ${connection.warning}\n`);
  end(await verb({ client: createClient(connection), terminal, format: options.output, clock: systemClock }));
}
