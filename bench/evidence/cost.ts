import { createComparison } from '../../src/health/comparison.ts';
import { createLimitEvidence } from '../../src/health/evidence.ts';
import { createJudge } from '../../src/health/judge.ts';
import { createObserver } from '../../src/health/observe.ts';
import type { Observer } from '../../src/health/observe.ts';
import { observedAt } from '../../src/health/observed.ts';
import { createHealthEvidence } from '../../src/health/proof.ts';
import { createTally } from '../../src/health/tally.ts';
import { slotMsOf } from '../../src/health/window.ts';
import type { SideIndex } from '../../src/model/upstream.ts';
import { CANDIDATE, STABLE } from '../../src/model/upstream.ts';
import { createArrivals } from '../../src/simulate/chance.ts';
import { seededRandom } from '../../src/support/random.ts';
import { exchangeAt } from '../../test/health/exchange.ts';
import { USUAL } from './settings.ts';
import type { Row } from './table.ts';

const SLOTS = 240;
const SLOT_MS = 500;
const ROUNDS = 1000;
const P95_MS = 300;

/** What one look at 240 full slots costs, for each kind of evidence and for a beat over all guards. */
export function costs(): Row[] {
  const candidate = sampleOf(50, 0.01);
  const stable = sampleOf(500, 0.01);
  const errors = createLimitEvidence(0.005);
  const slowness = createLimitEvidence(0.05);
  const comparison = createComparison(1.5);
  const health = createHealthEvidence(0.005);
  const { windowMs, falseRollbackMs, minRequests } = USUAL;
  const guards = { windowMs, falseRollbackMs, minRequests, rule: 'evidence', worseThanStable: 1.5 } as const;
  const judge = createJudge({ ...guards, errorsRatio: 0.005, p95Ms: P95_MS }, slotMsOf(windowMs));
  const observer = filledObserver();
  const looks: [string, () => unknown][] = [
    ['failures against their limit', () => errors.ln(candidate.requests, candidate.bad)],
    ['slowness against its limit', () => slowness.ln(candidate.requests, candidate.bad)],
    ['failures against stable', () => comparison.ln(candidate, stable)],
    ['proof of health', () => health.ln(12_000, 12)],
    ['a beat over all four guards', () => judge.judge(observedAt(observer, windowMs - 1))],
    ['what a verdict waits for, when asked', () => judge.prospect(observedAt(observer, windowMs - 1))],
  ];
  return looks.map(([name, look]) => [name, `${microsecondsOf(look).toFixed(1)} µs`]);
}

function microsecondsOf(look: () => unknown): number {
  for (let round = 0; round < ROUNDS / 10; round++) look();
  const startMs = performance.now();
  for (let round = 0; round < ROUNDS; round++) look();
  return ((performance.now() - startMs) / ROUNDS) * 1000;
}

/** A window at 50 and 500 requests a second, of which a few fail and a few are slow, and some are under way. */
function filledObserver(): Observer {
  const observer = createObserver({ windowMs: USUAL.windowMs, p95LimitMs: P95_MS, tally: createTally(P95_MS) });
  for (const [side, everyMs] of [[CANDIDATE, 20] as const, [STABLE, 2] as const]) fill(observer, side, everyMs);
  return observer;
}

function fill(observer: Observer, side: SideIndex, everyMs: number): void {
  const random = seededRandom(everyMs);
  for (let nowMs = 0; nowMs < USUAL.windowMs; nowMs += everyMs) {
    const exchange = exchangeAt(nowMs, { side, status: random() < 0.005 ? 500 : 200 });
    observer.dispatched(exchange, nowMs);
    if (nowMs > USUAL.windowMs - 100) continue;
    const endMs = nowMs + (random() < 0.05 ? 400 : 20 + 100 * random());
    observer.headed(exchange, endMs);
    observer.settled(exchange, 'answered', endMs);
  }
}

function sampleOf(perSecond: number, badRatio: number) {
  const arrivals = createArrivals(seededRandom(perSecond), perSecond, badRatio, SLOT_MS);
  const requests = new Uint32Array(SLOTS);
  const bad = new Uint32Array(SLOTS);
  for (let slot = 0; slot < SLOTS; slot++) {
    arrivals.next();
    requests[slot] = arrivals.requests;
    bad[slot] = arrivals.bad;
  }
  return { requests, bad };
}
