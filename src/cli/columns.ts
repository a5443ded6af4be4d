import { visibleLength } from './fit.ts';

/** Rows as columns, two blanks apart; each line ends with a line feed. */
export function columnsOf(rows: readonly (readonly string[])[]): string {
  return alignedLines(rows)
    .map((line) => `  ${line}\n`)
    .join('');
}

/** The same as lines, without the margin. */
export function alignedLines(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, visibleLength(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - visibleLength(cell)))
      .join('  ')
      .trimEnd(),
  );
}
