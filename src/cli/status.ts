import type { RolloutEvent } from '../model/event.ts';
import type { HistoryView, StatusView } from '../model/view.ts';
import { cardOf } from './card.ts';
import type { Client } from './client.ts';
import { EXIT } from './exit.ts';
import { tellFailure } from './failure.ts';
import type { Operation } from './operation.ts';
import { lineColumns } from './output.ts';

/** Says how things stand, once. */
export async function showStatus(operation: Operation): Promise<number> {
  const heard = await operation.client.get<StatusView>('/v1/status');
  if (!heard.ok) {
    await tellFailure(operation.client, heard.failure, operation.format, operation.terminal);
    return EXIT.failed;
  }
  await printStatus(operation, heard);
  return EXIT.ok;
}

/** The card with the last events, or the answer as it came. */
export async function printStatus(
  { client, terminal, format, clock }: Operation,
  { value, json }: { readonly value: StatusView; readonly json: string },
): Promise<void> {
  if (format === 'json') return terminal.out(`${json}\n`);
  const events = await lastEvents(client);
  terminal.out(
    `${cardOf({ status: value, events, nowMs: clock.wallMs(), columns: lineColumns(terminal) }, terminal.paint).join('\n')}\n`,
  );
}

/** Enough for a card, although the progress of a rollback is left out there; null when they cannot be had. */
export async function lastEvents(client: Client): Promise<readonly RolloutEvent[] | null> {
  const heard = await client.get<HistoryView>('/v1/history?limit=12');
  return heard.ok ? heard.value.events : null;
}
