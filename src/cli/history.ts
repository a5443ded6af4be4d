import type { HistoryView } from '../model/view.ts';
import { eventLines } from './card/events.ts';
import type { Operation } from './operation.ts';
import { show } from './show.ts';

/** Lists events, the newest first. */
export function history(operation: Operation, limit: string): Promise<number> {
  const nowMs = operation.clock.wallMs();
  return show<HistoryView>(operation, `/v1/history?limit=${encodeURIComponent(limit)}`, ({ events }) =>
    events.length === 0 ? 'nothing has happened yet\n' : `${eventLines(events, nowMs).join('\n')}\n`,
  );
}
