import { expect, it } from 'vitest';
import { seededRandom } from '../../src/support/random.ts';
import { DECLARATION } from '../release/fixtures.ts';
import { createTestMember, linkTo, settle } from './members.ts';
import { createModelServer } from './model-store.ts';

it('keeps a candidate that is exactly at its limit, though failing members speak first', async () => {
  let ids = 0;
  const random = seededRandom(7);
  const world = { nowMs: 1_700_000_000_000, random, newId: () => `${String(++ids).padStart(8, '0')}-id` };
  const server = createModelServer(() => world.nowMs);
  const members = Array.from({ length: 60 }, (_, at) => createTestMember(`pod-${at}`, world, linkTo(server)));
  for (const member of members) {
    await member.begin(DECLARATION);
  }
  await settle();
  for (let beat = 0; beat < 1200; beat++) {
    world.nowMs += 100;
    for (const member of members) {
      if (member.share() > 0 && random() < 0.5) member.traffic.add(1, random() < 0.01 ? 1 : 0);
      member.beat();
    }
    await settle();
  }
  expect(server.events().filter((text) => text.includes('"type":"rolled-back"'))).toEqual([]);
  expect(members.filter((member) => member.share() === 0)).toEqual([]);
});
