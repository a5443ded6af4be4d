import { setTimeout as pause } from 'node:timers/promises';
import { createJudge } from '../../src/health/judge.ts';
import { slotMsOf } from '../../src/health/window.ts';
import { createTraffic } from '../../test/fleet/traffic.ts';
import { startCompany } from './company.ts';
import { BEAT_MS, CANDIDATE_PER_SECOND, GUARDS } from './settings.ts';
import { arrivals } from './simulated.ts';

/**
 * Three members at one candidate request a second each, beside one sidecar alone at the same rate, when everything
 * fails: what pooling is for. Many of both at the same time, because requests come at random.
 */
export interface FewFigures {
  /** From the first failure until the last of the three has gone back; one a fleet. */
  readonly threeMs: readonly number[];
  readonly aloneMs: readonly number[];
}

const FLEETS = 30;
/** Before anything fails: a candidate that has done well needs more failures to be condemned. */
const WARM_MS = 20_000;

export async function measureFew(say: (text: string) => void): Promise<FewFigures> {
  say(`${FLEETS} fleets of three, and as many sidecars alone`);
  const teams = Array.from({ length: FLEETS }, (_, at) => ({ service: `service-${at}`, members: 3 }));
  const company = await startCompany([teams]);
  try {
    const alone = Promise.all(Array.from({ length: FLEETS }, timeAlone));
    await pause(WARM_MS);
    const [resets, aloneMs] = await Promise.all([company.fail(1), alone]);
    return { threeMs: resets.map(({ firstFailureMs, lastMs }) => lastMs - firstFailureMs), aloneMs };
  } finally {
    await company.end();
  }
}

/** The shipped judge on one sidecar's window. */
async function timeAlone(): Promise<number> {
  const nowMs = (): number => performance.now();
  const traffic = createTraffic(GUARDS.windowMs, nowMs);
  const judge = createJudge(GUARDS, slotMsOf(GUARDS.windowMs));
  const fromMs = nowMs() + WARM_MS;
  let firstMs: number | null = null;
  for (;;) {
    await pause(BEAT_MS);
    const requests = arrivals(CANDIDATE_PER_SECOND);
    const isFailing = nowMs() >= fromMs;
    traffic.add(requests, isFailing ? requests : 0);
    if (requests > 0 && isFailing) firstMs ??= nowMs();
    if (firstMs !== null && judge.judge(traffic.observed()).kind === 'unhealthy') return nowMs() - firstMs;
  }
}
