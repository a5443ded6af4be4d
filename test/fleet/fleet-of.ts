import type { Declaration } from '../../src/model/rollout.ts';
import { seededRandom } from '../../src/support/random.ts';
import { DECLARATION } from '../release/fixtures.ts';
import type { Fate, MemberSettings, TestMember, World } from './members.ts';
import { createTestMember, linkTo, settle } from './members.ts';
import { createModelServer } from './model-store.ts';

function createWorld(): World & { nowMs: number } {
  let ids = 0;
  return { nowMs: 1_700_000_000_000, random: seededRandom(1), newId: () => `id${String(++ids).padStart(6, '0')}` };
}

/** How somebody comes to a fleet: with what on disk, with which file, and whether the store answers. */
interface Joining {
  readonly disk?: TestMember['disk'];
  readonly declaration?: Declaration;
  readonly fate?: Fate;
}

/** Members on one store, which has been founded by the first one's configuration. */
export async function fleetOf(count: number, settings: MemberSettings = {}) {
  const world = createWorld();
  const clock = { aheadMs: 0 };
  const server = createModelServer(() => world.nowMs + clock.aheadMs);
  const members: TestMember[] = [];
  const run = async (ms: number, each: (member: TestMember) => void = () => {}) => {
    for (let passed = 0; passed < ms; passed += 100) {
      world.nowMs += 100;
      for (const member of members) {
        each(member);
        member.beat();
      }
      await settle();
    }
  };
  const join = async (name: string, { disk, declaration = DECLARATION, fate = 'goes' }: Joining = {}) => {
    const reach = linkTo(server);
    reach.link.fate = fate;
    const member = createTestMember(name, world, reach, disk, settings);
    await member.begin(declaration);
    members.push(member);
    await settle();
    return member;
  };
  /** The process is gone, in good order or not, and what it has on disk stays. */
  const leave = async (member: TestMember, isKilled = false) => {
    members.splice(members.indexOf(member), 1);
    if (!isKilled) await member.fleet.close();
    member.link.fate = 'request-lost';
  };
  for (let at = 0; at < count; at++) await join(`pod-${at}`);
  await run(5000);
  const deliver = () => members.forEach(({ link }) => link.late.splice(0).forEach((work) => work()));
  return { world, server, members, run, join, leave, clock, deliver };
}

export const setWeight = (percent: number) =>
  ({ kind: 'set-weights', actor: 'ann', reason: 'try', weights: { candidate: percent } }) as const;
export const rollbacksIn = (events: readonly string[]) =>
  events.filter((text) => text.includes('"type":"rolled-back"'));

/** Of a row as it is recorded. */
export const sumOf = (row: string): number =>
  row.split(',').reduce((sum, run) => {
    const [count = 0, times = 1] = run.split('*').map(Number);
    return sum + count * times;
  }, 0);
