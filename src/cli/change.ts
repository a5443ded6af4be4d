import type { StatusView } from '../model/view.ts';
import { EXIT } from './exit.ts';
import { tellFailure } from './failure.ts';
import type { ChangeOptions, Operation } from './operation.ts';
import { outcomeOf } from './outcome.ts';

/** What a verb asks of the admin API, and what it says when that has been done. */
export interface Change {
  readonly method: 'PUT' | 'POST';
  readonly path: string;
  readonly body: object;
  /** Lines for a person; unless given, those that follow from the two states. */
  readonly tell?: (before: StatusView, after: StatusView) => readonly string[];
}

/** Asks for a change and tells what it did. */
export async function change(
  { client, terminal, format }: Operation,
  { method, path, body, tell = outcomeOf }: Change,
  { reason, force, ifRevision }: ChangeOptions,
): Promise<number> {
  const before = await client.get<StatusView>('/v1/status');
  if (!before.ok) {
    await tellFailure(client, before.failure, format, terminal);
    return EXIT.failed;
  }
  const asked = { ...body, ...(reason !== undefined && { reason }), ...(force && { force }) };
  const after = await client.change<StatusView>(method, path, asked, ifRevision ?? null);
  if (!after.ok) {
    await tellFailure(client, after.failure, format, terminal);
    const isUnknown = after.failure.kind === 'unreachable';
    if (isUnknown && format === 'table')
      terminal.error('      it may have been done all the same: look at weir status\n');
    return EXIT.failed;
  }
  terminal.out(format === 'json' ? `${after.json}\n` : `${tell(before.value, after.value).join('\n')}\n`);
  return EXIT.ok;
}
