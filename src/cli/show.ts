import type { HistoryView, ReleasesView } from '../model/view.ts';
import { EXIT } from './exit.ts';
import { tellFailure } from './failure.ts';
import type { Operation } from './operation.ts';

/** Reads one thing from the admin API and prints it. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what a path answers is known to its caller alone
export async function show<T extends ReleasesView | HistoryView>(
  { client, terminal, format }: Operation,
  path: string,
  tableOf: (view: NoInfer<T>) => string,
): Promise<number> {
  const heard = await client.get<T>(path);
  if (!heard.ok) {
    await tellFailure(client, heard.failure, format, terminal);
    return EXIT.failed;
  }
  terminal.out(format === 'json' ? `${heard.json}\n` : tableOf(heard.value));
  return EXIT.ok;
}
