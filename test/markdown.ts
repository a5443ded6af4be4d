/** Reads what a page of documentation claims: sections, tables, names in backticks. */

/** The text between `<hashes> heading` and the next heading, whatever its level. */
export function sectionOf(text: string, heading: string): string {
  const found = new RegExp(`^#+ ${heading}\\n([\\s\\S]*?)(?=^#+ |(?![\\s\\S]))`, 'm').exec(text);
  if (found === null) throw new Error(`there is no section "${heading}"`);
  return found[1]!;
}

/** The cells of every row of every table, without the heads. */
export function rowsOf(section: string): string[][] {
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines
    .filter((line, index) => !isRuler(line) && !isRuler(lines[index + 1] ?? ''))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

const isRuler = (line: string) => /^\|[\s|:-]+\|$/.test(line);

/** What stands in backticks. */
export const namesIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);

/** The names in the first column. */
export const firstNames = (rows: readonly string[][]) => rows.flatMap(([cell]) => namesIn(cell));

/** One sentence for each name that only one of the two sides has. */
export function differences(
  where: string,
  documented: Iterable<string>,
  what: string,
  real: Iterable<string>,
): string[] {
  const [said, there] = [new Set(documented), new Set(real)];
  return [
    ...[...there.difference(said)].map((name) => `${where} lacks \`${name}\`, which is ${what}`),
    ...[...said.difference(there)].map((name) => `${where} has \`${name}\`, which is not ${what}`),
  ];
}
