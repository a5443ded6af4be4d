import type { Exchange } from '../model/outcome.ts';

/**
 * The exchanges of one side that wait for their response head, in dispatch order. The links are in the exchanges
 * themselves, so that joining and leaving allocates nothing.
 */
export interface Waiting {
  append(exchange: Exchange): void;
  /** False when it was not waiting. */
  remove(exchange: Exchange): boolean;
  oldest(): Exchange | null;
  clear(): void;
}

export function createWaiting(): Waiting {
  let oldest: Exchange | null = null;
  let newest: Exchange | null = null;

  return {
    append(exchange) {
      exchange.older = newest;
      exchange.newer = null;
      if (newest === null) oldest = exchange;
      else newest.newer = exchange;
      newest = exchange;
    },
    remove(exchange) {
      const { older, newer } = exchange;
      if (older === null && oldest !== exchange) return false;
      if (older === null) oldest = newer;
      else older.newer = newer;
      if (newer === null) newest = older;
      else newer.older = older;
      exchange.older = null;
      exchange.newer = null;
      return true;
    },
    oldest: () => oldest,
    clear() {
      let exchange = oldest;
      while (exchange !== null) {
        const { newer } = exchange;
        exchange.older = null;
        exchange.newer = null;
        exchange = newer;
      }
      oldest = null;
      newest = null;
    },
  };
}
