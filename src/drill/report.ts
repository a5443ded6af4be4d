/** What one rehearsal found. */
export interface Row {
  readonly scene: string;
  readonly expected: string;
  readonly found: string;
  /** From the moment of breaking; null when nothing was detected. */
  readonly detectedMs: number | null;
  /** Answers of 5xx or none that users got. */
  readonly failures: number;
  /** Answers above the latency limit. */
  readonly slow: number;
  /** Of the candidate, afterwards. */
  readonly candidatePercent: number;
  /** Whether a mended candidate could be started again. */
  readonly isBack: boolean;
  /** Weir's own words. */
  readonly reason: string;
  readonly holds: boolean;
}

const HEADER = ['', 'rehearsal', 'expected', 'found', 'after', 'failures users saw', 'slow', 'weight', 'back again'];
const IS_LEFT = new Set([0, 1, 2, 3]);

/** The table, a line each, without ends. */
export function tableOf(rows: readonly Row[]): string[] {
  const cells = [HEADER, ...rows.map(cellsOf)];
  const widths = HEADER.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) =>
    row
      .map((cell, column) => (IS_LEFT.has(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

function cellsOf(row: Row): string[] {
  return [
    row.holds ? 'ok' : 'NOT',
    row.scene,
    row.expected,
    row.found,
    row.detectedMs === null ? '-' : `${(row.detectedMs / 1000).toFixed(2)} s`,
    String(row.failures),
    String(row.slow),
    `${row.candidatePercent} %`,
    row.isBack ? 'yes' : 'no',
  ];
}
