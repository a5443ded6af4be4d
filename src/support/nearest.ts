/** The known name that was most likely meant by a mistyped one; null where none is near. */
export function nearestOf(mistyped: string, known: readonly string[]): string | null {
  const nearest = known
    .map((name) => ({ name, distance: distanceBetween(mistyped.slice(0, 64).toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)[0];
  const isNear = nearest !== undefined && nearest.distance <= Math.max(1, Math.floor(nearest.name.length * 0.4));
  return isNear ? nearest.name : null;
}

/** Levenshtein's distance: how many letters to add, drop or change. Row by row, as Wagner and Fischer (1974) have it. */
function distanceBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= to.length; column += 1) {
      const change = row[column - 1]! + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(change, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
