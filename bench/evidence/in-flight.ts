import { createLimitEvidence, lnThresholdOf } from '../../src/health/evidence.ts';
import { createObserver } from '../../src/health/observe.ts';
import { createTally } from '../../src/health/tally.ts';
import { ERRORS, REQUESTS, createWindow, slotMsOf } from '../../src/health/window.ts';
import type { Slots } from '../../src/health/window.ts';
import type { Exchange } from '../../src/model/outcome.ts';
import { CANDIDATE } from '../../src/model/upstream.ts';
import { seededRandom } from '../../src/support/random.ts';
import type { Random } from '../../src/support/random.ts';
import { exchangeAt } from '../../test/health/exchange.ts';
import type { Row } from './table.ts';
import { USUAL } from './settings.ts';

const WINDOW_MS = 30_000;
const SLOT_MS = slotMsOf(WINDOW_MS);
const LN_THRESHOLD = lnThresholdOf(USUAL.falseRollbackMs, SLOT_MS);
const LIMIT = 0.02;
const DAYS = 1;
const BURST = 100;
const EVERY_MS = 5000;
const FAILS_AFTER_MS = 10;
const ANSWERS_AFTER_MS = 3000;

/** How requests come to be counted: when they were sent, or when they ended. */
interface Counting {
  sent(exchange: Exchange, nowMs: number): void;
  ended(exchange: Exchange, nowMs: number): void;
  slots(nowMs: number): Slots;
  restart(): void;
}

/**
 * A candidate that keeps its limit, whose failures come at once and whose answers take three seconds: false alarms of
 * the evidence rule when requests are counted at their end, and as Weir counts them, in the slot of their dispatch.
 */
export function inFlightBias(): Row[] {
  return [1, 0.5].map((fraction) => [
    `fails ${LIMIT * fraction * 100} %`,
    `${alarmsWith(createCountingAtEnd(), LIMIT * fraction, seededRandom(7)) / DAYS}`,
    `${alarmsWith(createCountingAtDispatch(), LIMIT * fraction, seededRandom(7)) / DAYS}`,
  ]);
}

function alarmsWith(counting: Counting, badRatio: number, random: Random): number {
  const evidence = createLimitEvidence(LIMIT);
  let alarms = 0;
  for (let burstMs = 0; burstMs < DAYS * 86_400_000; burstMs += EVERY_MS) {
    const burst = Array.from({ length: BURST }, () => exchangeAt(burstMs, { status: random() < badRatio ? 500 : 200 }));
    for (const exchange of burst) counting.sent(exchange, burstMs);
    for (const exchange of burst) if (exchange.status === 500) counting.ended(exchange, burstMs + FAILS_AFTER_MS);
    // Evidence rises only when a failure is counted, so this is the one beat of the burst that could break the guard.
    const { requests, errors } = counting.slots(burstMs + 100 - 1);
    const isBroken = evidence.ln(requests, errors) >= LN_THRESHOLD;
    for (const exchange of burst) if (exchange.status === 200) counting.ended(exchange, burstMs + ANSWERS_AFTER_MS);
    if (!isBroken) continue;
    alarms++;
    counting.restart();
  }
  return alarms;
}

function createCountingAtDispatch(): Counting {
  const observer = createObserver({ windowMs: WINDOW_MS, p95LimitMs: null, tally: createTally(null) });
  return {
    sent: (exchange, nowMs) => observer.dispatched(exchange, nowMs),
    ended(exchange, nowMs) {
      observer.headed(exchange, nowMs);
      observer.settled(exchange, 'answered', nowMs);
    },
    slots: (nowMs) => observer.slotsOf(CANDIDATE, nowMs),
    restart: () => observer.restart(CANDIDATE),
  };
}

function createCountingAtEnd(): Counting {
  const window = createWindow({ windowMs: WINDOW_MS, slotMs: SLOT_MS, bins: 1 });
  return {
    sent: () => {},
    ended({ status }, nowMs) {
      const slot = window.slotAt(nowMs);
      window.add(slot, REQUESTS, 1);
      if (status === 500) window.add(slot, ERRORS, 1);
    },
    slots: (nowMs) => window.slots(nowMs),
    restart: () => window.clear(),
  };
}
