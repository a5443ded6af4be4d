/**
 * Turns of the event loop, one for each who asks, in the order in which they ask. Work that comes in pieces takes a turn
 * for each of them, and between two turns whatever else the loop has to do gets its own: the traffic above all. Without,
 * the loop does everything that has become ready before it looks at the traffic again.
 */
export function createTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => (last = last.then(() => new Promise((resolve) => void setImmediate(resolve))));
}
