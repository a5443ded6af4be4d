/**
 * The known name that was most likely meant by a mistyped one; null where none is near. One that was only begun is the
 * name that goes on so, where there is one alone: `v1.3` is less like `v1.3.0-rc.1` than like `v1.2.3`, letter by letter.
 */
export function nearestOf(mistyped: string, known: readonly string[]): string | null {
  const typed = mistyped.slice(0, 64).toLowerCase();
  const begun = known.filter((name) => typed.length > 1 && name.toLowerCase().startsWith(typed));
  if (begun.length === 1) return begun[0]!;
  const nearest = known
    .map((name) => ({ name, distance: distanceBetween(typed, name.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance || Number(begun.includes(b.name)) - Number(begun.includes(a.name)))[0];
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
