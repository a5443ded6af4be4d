/**
 * Numbers slots by the store's clock, so that the counts of many pods, whose own clocks may be minutes apart, fall into
 * the same slots. Each reply carries the store's time; what lies between the middle of the round trip on our monotonic
 * clock and that time, in whole slots, is the shift. It is kept until it is off by more than a slot: a shift that follows
 * every tremble of the network would spread a request and what became of it over two slots. By half of the round trip it
 * may be wrong: what a process that stood still meanwhile takes for a long one says next to nothing.
 */
export interface SlotClock {
  /** A reply with the store's time has come; ours are monotonic. */
  follow(storeMs: number, sentMs: number, receivedMs: number): void;
  /** What to add to a slot number of our own clock; null before the first reply. */
  shift(): number | null;
}

export function createSlotClock(slotMs: number): SlotClock {
  let shift: number | null = null;
  return {
    follow(storeMs, sentMs, receivedMs) {
      const exact = (storeMs - (sentMs + receivedMs) / 2) / slotMs;
      const doubt = (receivedMs - sentMs) / 2 / slotMs;
      if (shift === null || Math.abs(exact - shift) > 1 + doubt) shift = Math.round(exact);
    },
    shift: () => shift,
  };
}
