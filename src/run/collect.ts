/**
 * Gives back what loading and building left behind: about a third of the heap at that moment. V8 alone comes by earlier,
 * keeps most of the pages for itself, and then lets the heap grow to a multiple of what it found. It takes 60 ms, once,
 * while nobody is waiting. Does nothing in a Node that was started without `--expose-gc`.
 */
export function collectGarbage(): void {
  // Only this flavor returns the pages to the system; an ordinary collection keeps them for later.
  globalThis.gc?.({ type: 'major', flavor: 'last-resort' });
}
