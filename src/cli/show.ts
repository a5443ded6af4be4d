import type { HistoryView, ReleasesView } from '../model/view.ts';
import { EXIT } from './exit.ts';
import { tellFailure } from './failure.ts';
import { wrap } from './fit.ts';
import type { Operation } from './operation.ts';
import { lineColumns } from './output.ts';

/** What the rest of a broken line begins with. */
const SET_IN = ' '.repeat(6);

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
  terminal.out(format === 'json' ? `${heard.json}\n` : wrappedText(tableOf(heard.value), lineColumns(terminal)));
  return EXIT.ok;
}

/** Wrapped and not cut: what these tables hold is to be read in full, or copied. */
function wrappedText(text: string, columns: number): string {
  const lines = text.trimEnd().split('\n');
  return `${lines.flatMap((line) => wrap(line, columns, SET_IN)).join('\n')}\n`;
}
