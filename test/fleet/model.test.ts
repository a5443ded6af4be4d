import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {
  Batch,
  FleetStore,
  Flush,
  FlushReply,
  Proposal,
  SideSums,
  SlotDelta,
  Version,
} from '../../src/fleet/store.ts';
import { NO_VERSION } from '../../src/fleet/store.ts';
import { eventually } from '../sidecar/eventually.ts';
import { describeWith } from '../support-programs.ts';
import type { ModelServer } from './model-store.ts';
import { createModelServer } from './model-store.ts';
import { NOTHING_NEW, openStore } from './open-store.ts';
import type { RedisServer } from './redis-server.ts';
import { startRedis } from './redis-server.ts';

/**
 * What the property test of the fleet runs on is a model of the scripts: here both are asked the same, call by call, in
 * any order, and must answer the same. The model's clock is the server's, moved by what the test says; on the server
 * the same is done by moving every time that it has noted.
 */
const WHO = ['a', 'b', 'c', 'd'];
const LIVES = [
  { stable: '1', candidate: '1', step: '1' },
  { stable: '1', candidate: '2', step: '2' },
];
const SLOTS = 6;
const FAR_MS = 1_000_000_000;

/** Moves all times by ARGV[1] milliseconds. */
const MOVE = `
local by = tonumber(ARGV[1])
local function moved(number) return string.format('%.0f', tonumber(number) + by) end
for _, key in ipairs(redis.call('KEYS', '*')) do
  if string.find(key, ':present', 1, true) or string.find(key, ':withdrawn:', 1, true) or string.find(key, ':changes:', 1, true) then
    local all = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    for i = 1, #all, 2 do redis.call('ZADD', key, moved(all[i + 1]), all[i]) end
  elseif string.find(key, ':document', 1, true) then
    for _, field in ipairs({'clock', 'best_since', 'best_until'}) do
      local at = redis.call('HGET', key, field)
      if at then redis.call('HSET', key, field, moved(at)) end
    end
  elseif string.find(key, ':sums:', 1, true) then
    local change = redis.call('HGET', key, 'c')
    if change then redis.call('HSET', key, 'c', moved(change)) end
  end
end
`;

const version = fc.record({
  epoch: fc.integer({ min: 1, max: 2 }),
  seq: fc.integer({ min: 1, max: 3 }),
  tag: fc.constantFrom('x', 'y'),
});
/** What stands, or what differs from it in one thing only. */
const near = fc.constantFrom('stands' as const, 'stands' as const, 'epoch' as const, 'seq' as const, 'tag' as const);
const like = (stands: Version, but: 'stands' | 'epoch' | 'seq' | 'tag'): Version => {
  if (stands.seq === 0 && but !== 'stands') return { epoch: 1, seq: 1, tag: 'x' };
  if (but === 'tag') return { ...stands, tag: stands.tag === 'x' ? 'y' : 'x' };
  return but === 'stands' ? stands : { ...stands, [but]: stands[but] + 1 };
};
const known = fc.oneof(near, fc.constant(NO_VERSION), version);
type Known = typeof known extends fc.Arbitrary<infer T> ? T : never;
const versionOf = (of: Known, stands: Version): Version => (typeof of === 'string' ? like(stands, of) : of);
const delta: fc.Arbitrary<SlotDelta> = fc.record({
  slot: fc.integer({ min: 100, max: 110 }),
  requests: fc.integer({ min: -2, max: 5 }),
  errors: fc.integer({ min: -1, max: 2 }),
  timed: fc.constantFrom(0, 3),
  slow: fc.constantFrom(0, 2 ** 40),
});
/** Of one window: no two in one place of the ring. */
const deltas = fc.uniqueArray(delta, { maxLength: 3, selector: ({ slot }) => slot % SLOTS });
const life = fc.nat(LIVES.length - 1);

const batch = fc.record({
  /** From the last number that was acknowledged. */
  step: fc.constantFrom(1, 1, 1, 0, -1, 2),
  /** How many generations ago; none is said beyond those there were. */
  ago: fc.constantFrom(0, 0, 0, 1, 99),
  life,
  stable: deltas,
  candidate: deltas,
  ended: fc.option(fc.integer({ min: -1, max: 4 }), { nil: null }),
});

const flush = fc.record({
  kind: fc.constant('flush' as const),
  who: fc.constantFrom(...WHO),
  expiryMs: fc.constantFrom(5000, 5000, 20_000),
  knows: known,
  remembers: fc.boolean(),
  fingerprint: fc.constantFrom('f', 'f', 'g'),
  withdrawn: fc.boolean(),
  batch: fc.option(batch, { nil: null }),
  /** From the last change that was read. */
  reads: fc.option(fc.record({ life, from: fc.constantFrom('last' as const, 'nothing' as const) }), { nil: null }),
  life,
});

const propose = fc.record({
  kind: fc.constant('propose' as const),
  expected: fc.oneof({ weight: 2, arbitrary: fc.constant('stands' as const) }, { weight: 1, arbitrary: near }),
  version,
  raises: fc.boolean(),
  isLate: fc.boolean(),
  events: fc.nat(2),
});

const other = fc.oneof(
  fc.record({ kind: fc.constantFrom('empty', 'snapshot', 'restore', 'roster' as const) }),
  fc.record({ kind: fc.constant('leave' as const), who: fc.constantFrom(...WHO), life }),
  fc.record({
    kind: fc.constant('clock' as const),
    byMs: fc.constantFrom(-600_000, -3300, -900, 900, 3300, 7700, 12_300, 600_000),
  }),
);

const step = fc.oneof(
  { weight: 8, arbitrary: flush },
  { weight: 3, arbitrary: propose },
  { weight: 2, arbitrary: other },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describeWith('redis-server', 'apt-get install redis-server', 'the model of a store', () => {
  let redis: RedisServer;
  let store: FleetStore;
  beforeAll(async () => {
    redis = await startRedis();
    store = await openStore(`redis://127.0.0.1:${redis.port}`);
    await eventually(() => store.flush(NOTHING_NEW));
  });
  afterAll(async () => {
    await store.close('a', '');
    await redis.stop();
  });

  async function timeMs(): Promise<number> {
    const [seconds, micros] = (await redis.command('TIME')) as [string, string];
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }

  async function allKeys(): Promise<readonly [string, string][]> {
    const names = (await redis.command('KEYS', '*')) as string[];
    // By way of a hexadecimal form, because the client reads text.
    const dump = `return (string.gsub(redis.call('DUMP', KEYS[1]), '.', function(c) return string.format('%02x', string.byte(c)) end))`;
    return Promise.all(
      names.map(async (name) => [name, (await redis.command('EVAL', dump, '1', name)) as string] as const),
    ) as Promise<[string, string][]>;
  }

  async function putBack(keys: readonly [string, string][]): Promise<void> {
    await redis.command('FLUSHALL');
    const restore = `return redis.call('RESTORE', KEYS[1], 0, (string.gsub(ARGV[1], '..', function(h) return string.char(tonumber(h, 16)) end)))`;
    for (const [name, dump] of keys) await redis.command('EVAL', restore, '1', name, dump);
  }

  async function play(steps: readonly Step[]): Promise<void> {
    await redis.command('FLUSHALL');
    let serverMs = 0;
    /** What the model's clock is ahead of the server's. */
    let aheadMs = 0;
    const model: ModelServer = createModelServer(() => serverMs + aheadMs);
    let snapshot: { model: unknown; redis: readonly [string, string][]; aheadMs: number } = {
      model: model.snapshot(),
      redis: [],
      aheadMs: 0,
    };
    /** Of the model and of the server, the latest last. */
    const generations: [string, string][] = [];
    const acknowledged = new Map<string, number>();
    const seen = new Map<string, { stable: number; candidate: number }>();
    let stands: Version = NO_VERSION;
    let texts = 0;

    const sumsOf = ({ change, slots }: SideSums, byMs: number) => ({
      change: change === 0 ? 0 : change + byMs,
      slots: slots.toSorted((a, b) => a.slot - b.slot || a.requests - b.requests),
    });
    const comparable = (reply: FlushReply, byMs: number) => ({
      ...reply,
      generation: '',
      storeMs: reply.storeMs + byMs,
      oldestMs: reply.oldestMs + byMs,
      recovery: reply.recovery && { ...reply.recovery, sinceMs: reply.recovery.sinceMs + byMs },
      sums: reply.sums && {
        ...reply.sums,
        stable: sumsOf(reply.sums.stable, byMs),
        candidate: sumsOf(reply.sums.candidate, byMs),
      },
    });

    function noteGeneration(theirs: string, ours: string): void {
      const known = generations.find(([one, another]) => one === theirs || another === ours);
      if (known === undefined) generations.push([theirs, ours]);
      else expect([theirs, ours]).toEqual(known);
    }

    function batchOf(who: string, given: NonNullable<(Step & { kind: 'flush' })['batch']>, side: 0 | 1): Batch {
      const generation = generations.at(-1 - given.ago)?.[side] ?? '';
      const ended = given.ended === null ? null : { ended: given.ended, errors: 1, headed: given.ended, slow: 0 };
      const sequence = Math.max(1, (acknowledged.get(who) ?? 0) + given.step);
      return {
        sequence,
        generation,
        lives: LIVES[given.life]!,
        stable: given.stable,
        candidate: given.candidate,
        step: ended,
      };
    }

    async function flushBoth(one: Step & { kind: 'flush' }): Promise<void> {
      const { who, reads, life: at, batch: given, knows } = one;
      const key = `${one.fingerprint} ${reads?.life}`;
      const from = (reads?.from === 'last' ? seen.get(key) : undefined) ?? { stable: 0, candidate: 0 };
      const asked = (side: 0 | 1): Flush => {
        const byMs = side === 0 ? 0 : aheadMs;
        const past = (change: number): number => (change === 0 ? 0 : Math.max(0, change - byMs));
        return {
          incarnation: who,
          series: who,
          member: `pod ${who}`,
          rank: who.codePointAt(0)! % 3,
          expiryMs: one.expiryMs,
          knows: versionOf(knows, stands),
          remembers: one.remembers,
          fingerprint: one.fingerprint,
          slots: SLOTS,
          withdrawn: one.withdrawn,
          batch: given === null ? null : batchOf(who, given, side),
          reads:
            reads === null
              ? null
              : { lives: LIVES[reads.life]!, seen: { stable: past(from.stable), candidate: past(from.candidate) } },
          latency: { stable: [], candidate: [[3, one.expiryMs]] },
          life: LIVES[at]!.candidate,
        };
      };
      const ours = await store.flush(asked(1));
      serverMs = ours.storeMs;
      const theirs = model.flush(asked(0));
      noteGeneration(theirs.generation, ours.generation);
      expect(comparable(theirs, 0)).toEqual(comparable(ours, aheadMs));
      acknowledged.set(who, ours.acknowledged);
      if (theirs.sums !== null)
        seen.set(key, { stable: theirs.sums.stable.change, candidate: theirs.sums.candidate.change });
    }

    async function proposeBoth(one: Step & { kind: 'propose' }): Promise<void> {
      const text = `text ${++texts}`;
      const proposal: Proposal = {
        incarnation: 'a',
        expected: versionOf(one.expected, stands),
        version: one.version,
        text,
        events: Array.from({ length: one.events }, (_, at) => `event ${texts}.${at}`),
        raises: one.raises,
        untilMs: 0,
      };
      serverMs = await timeMs();
      const untilMs = serverMs + (one.isLate ? -FAR_MS : FAR_MS);
      const ours = await store.propose({ ...proposal, untilMs });
      const theirs = model.propose({ ...proposal, untilMs: untilMs + aheadMs });
      expect(theirs).toEqual(ours);
      if (ours.kind === 'accepted') stands = one.version;
    }

    for (const one of steps) {
      if (one.kind === 'flush') await flushBoth(one);
      else if (one.kind === 'propose') await proposeBoth(one);
      else if (one.kind === 'clock') {
        aheadMs += one.byMs;
        await redis.command('EVAL', MOVE, '0', String(-one.byMs));
      } else if (one.kind === 'empty') {
        await redis.command('FLUSHALL');
        model.empty();
        stands = NO_VERSION;
      } else if (one.kind === 'snapshot') snapshot = { model: model.snapshot(), redis: await allKeys(), aheadMs };
      else if (one.kind === 'restore') {
        await putBack(snapshot.redis);
        await redis.command('EVAL', MOVE, '0', String(snapshot.aheadMs - aheadMs));
        model.restore(snapshot.model);
      } else if (one.kind === 'leave') {
        // Without closing the connection, which is everybody's here.
        const key = (name: string) => `{weir:checkout}:${name}`;
        await redis.command('ZREM', key(`withdrawn:${LIVES[one.life]!.candidate}`), one.who);
        for (const name of ['present', 'ranks']) await redis.command('ZREM', key(name), one.who);
        await redis.command('HDEL', key('members'), one.who);
        model.leave(one.who, LIVES[one.life]!.candidate);
      } else {
        const listed = (roster: Awaited<ReturnType<FleetStore['roster']>>) =>
          roster.map((entry) => ({ ...entry, ageMs: 0 })).toSorted((a, b) => (a.incarnation < b.incarnation ? -1 : 1));
        expect(listed(model.roster())).toEqual(listed(await store.roster()));
      }
    }
    const entries = (await redis.command('XRANGE', '{weir:checkout}:events', '-', '+')) as [string, string[]][];
    expect(model.events()).toEqual(entries.map(([, [, text]]) => text));
    const text = await redis.command('HGET', '{weir:checkout}:document', 'text');
    expect(model.text()).toBe(text);
  }

  it('answers as the scripts do, whatever it is asked', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), play), {
      numRuns: Number(process.env['WEIR_MODEL_RUNS'] ?? 40),
    });
  });
});
