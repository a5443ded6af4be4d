import { Command, InvalidArgumentError, Option } from 'commander';
import { nameMistakeOf, ROLES } from '../model/identity.ts';
import { DURATION_FORM, parseDuration } from '../support/units.ts';
import type { Edge } from './operation.ts';
import { outputOption } from './operation.ts';
import type { Output } from './output.ts';
import type { Place, Wish } from './token.ts';

/** Registers `weir token`, which needs no running sidecar; what it does is loaded when it is called. */
export function addTokenVerb(program: Command, { end }: Edge, write: Output): void {
  const create = subVerb('create', 'make a token: prints it once, and keeps its hash in the file')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .requiredOption('--name <name>', 'who uses it; the actor of every event it causes', nameOption)
    .option('--once', 'good for one change', false)
    .option('--ttl <duration>', 'how long it is good, like 10m; a one-time token for 24h unless told', durationOption)
    .addHelpText('after', '\nExample:\n  weir token create --role operator --name ci --file tokens.jsonl > ci.token')
    .action(async (wish: Wish) => end(await (await import('./token.ts')).createToken(wish, write)));
  const list = subVerb('list', 'list the tokens of the file')
    .addHelpText('after', '\nExample:\n  weir token list --config weir.yaml')
    .action(async (place: Place) => end(await (await import('./token.ts')).listTokens(place, write)));
  const revoke = subVerb('revoke', 'make a token good for nothing')
    .argument('<id>', 'its id, the middle part of the token')
    .addHelpText('after', '\nExample:\n  weir token revoke 3f9c2a7b1d04 --file tokens.jsonl')
    .action(async (id: string, place: Place) => {
      end(await (await import('./token.ts')).revokeToken(id, place, write));
    });
  const token = program
    .command('token')
    .description('make, list and revoke tokens for the admin port')
    .addHelpText('after', '\nExample:\n  weir token create --role viewer --name dashboard --file tokens.jsonl');
  for (const inner of [create, list, revoke]) token.addCommand(inner.copyInheritedSettings(token));
}

const subVerb = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option('--file <file>', 'the tokens file')
    .option('--config <file>', 'the configuration whose admin.tokensFile it is')
    .addOption(outputOption());

function nameOption(text: string): string {
  const mistake = nameMistakeOf(text);
  if (mistake !== null) throw new InvalidArgumentError(mistake);
  return text;
}

function durationOption(text: string): number {
  const parsed = parseDuration(text);
  if ('value' in parsed && parsed.value > 0) return parsed.value;
  throw new InvalidArgumentError(`expected ${DURATION_FORM}`);
}
