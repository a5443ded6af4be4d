import { openRedisStore } from '../../src/fleet/redis/redis-store.ts';
import { parseStoreUrl } from '../../src/model/store-address.ts';
import { newId, systemRandom } from '../../src/support/random.ts';
import { createTestMember } from '../../test/fleet/members.ts';
import { DECLARE } from '../../test/release/fixtures.ts';
import { BEAT_MS, CANDIDATE_PER_SECOND, GUARDS, STABLE_PER_SECOND } from './settings.ts';

const WORLD = {
  get nowMs() {
    // Members count from five seconds before they begin.
    return performance.now() + 10_000;
  },
  random: systemRandom,
  newId,
};

/** One sidecar without its sockets: the shipped fleet, control and windows, on connections of its own to the store. */
export async function createSimulated(name: string, service: string, port: number) {
  const parsed = parseStoreUrl(`redis://127.0.0.1:${port}`);
  if ('mistake' in parsed) throw new Error(parsed.mistake);
  const store = await openRedisStore({
    ...parsed,
    credentials: async () => ({}),
    prefix: 'bench',
    service,
    random: systemRandom,
  });
  const link = { fate: 'goes' as const, isDeaf: false, held: [], late: [], hear: () => {} };
  const member = createTestMember(name, WORLD, { link, store }, undefined, { guards: GUARDS });
  await member.fleet.join();
  void member.control.take(DECLARE).then(member.control.resume);
  return {
    ...member,
    /** A beat's traffic, then the beat; whether a request of the candidate failed in it. */
    turn(failingRatio: number): boolean {
      member.traffic.addStable(arrivals(STABLE_PER_SECOND));
      let failed = 0;
      const requests = member.share() > 0 ? arrivals(CANDIDATE_PER_SECOND) : 0;
      for (let request = 0; request < requests; request++) if (systemRandom() < failingRatio) failed++;
      if (requests > 0) member.traffic.add(requests, failed);
      member.beat();
      return failed > 0;
    },
    isReady: () => member.share() > 0 && member.fleet.status(member.nowMs()).obstacle === null,
    isReset: () => member.share() === 0 && member.control.rollout().phase === 'rolled-back',
  };
}

export type Simulated = Awaited<ReturnType<typeof createSimulated>>;

/** At random, in one beat: Poisson by Knuth's product. */
export function arrivals(perSecond: number): number {
  const least = Math.exp((-perSecond * BEAT_MS) / 1000);
  let product = systemRandom();
  let count = 0;
  while (product > least) {
    product *= systemRandom();
    count++;
  }
  return count;
}
