/**
 * The first whole number from `from` on that is enough, where every number after it is enough too; null when none is,
 * as far as whole numbers can be told apart. By doubling, then halving: a hundred questions at the most.
 */
export function firstWhere(isEnough: (count: number) => boolean, from: number): number | null {
  if (isEnough(from)) return from;
  let tooFew = from;
  let enough = Math.max(1, from);
  while (!isEnough(enough)) {
    tooFew = enough;
    enough *= 2;
    if (enough > Number.MAX_SAFE_INTEGER) return null;
  }
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}
