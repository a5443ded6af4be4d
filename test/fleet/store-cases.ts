import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { documentAfter, refilled, versionOf } from '../../src/fleet/document.ts';
import type { Batch, FleetStore, Flush, Proposal, SlotDelta } from '../../src/fleet/store.ts';
import { NO_VERSION } from '../../src/fleet/store.ts';
import { eventually } from '../sidecar/eventually.ts';
import { acted, DECLARE, UNHEALTHY } from '../release/fixtures.ts';

/** A store under test, and what only its keeper can do to it. */
export interface StoreUnderTest {
  readonly store: FleetStore;
  /** Restarted without its memory. */
  empty(): Promise<void>;
  snapshot(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const LIVES = { stable: '1.1', candidate: '1.1', step: '1.1' };
const [DECLARED] = acted([DECLARE]).events;
const EVENTS = acted([DECLARE, { kind: 'verdict', verdict: UNHEALTHY, traceIds: [] }]).events;
const FIRST = documentAfter(null, [DECLARED!]);
const SECOND = documentAfter(FIRST, [{ ...EVENTS[1]!, transactionId: 't2' }]);
const FORK = documentAfter(FIRST, [{ ...EVENTS[1]!, transactionId: 'fork' }]);

const proposalOf = (document: typeof FIRST, expected: typeof FIRST | null, more: Partial<Proposal> = {}): Proposal => ({
  incarnation: 'a',
  expected: expected === null ? NO_VERSION : versionOf(expected),
  version: versionOf(document),
  text: JSON.stringify(document),
  events: [JSON.stringify(document.event)],
  raises: false,
  untilMs: 0,
  ...more,
});

const flushOf = (incarnation: string, more: Partial<Flush> = {}): Flush => ({
  incarnation,
  series: incarnation,
  member: `pod ${incarnation}`,
  rank: incarnation.codePointAt(0)!,
  expiryMs: 5000,
  knows: NO_VERSION,
  remembers: false,
  fingerprint: 'f',
  slots: 10,
  withdrawn: false,
  batch: null,
  reads: { lives: LIVES, seen: { stable: 0, candidate: 0 } },
  latency: { stable: [], candidate: [] },
  life: '1.1',
  ...more,
});

const at = (slot: number, requests: number, errors = 0): SlotDelta => ({
  slot,
  requests,
  errors,
  timed: requests,
  slow: 0,
});

const batchOf = (sequence: number, candidate: readonly SlotDelta[], more: Partial<Batch> = {}): Batch => ({
  sequence,
  generation: '',
  lives: LIVES,
  stable: [],
  candidate,
  step: null,
  ...more,
});

/** What every store must do, whatever it is made of. */
export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let under: StoreUnderTest;
    let store: FleetStore;
    beforeAll(async () => {
      under = await open();
      ({ store } = under);
    });
    beforeEach(() => under.empty());
    afterAll(() => under.close());

    const candidateOf = async (incarnation: string, more: Partial<Flush> = {}) =>
      (await store.flush(flushOf(incarnation, more))).sums!.candidate.slots.toSorted((a, b) => a.slot - b.slot);

    it('takes a first document where none is, and not a second one', async () => {
      expect(await store.propose(proposalOf(FIRST, null))).toEqual({ kind: 'accepted' });
      expect(await store.propose(proposalOf(FORK, null))).toEqual({
        kind: 'conflict',
        document: JSON.stringify(FIRST),
      });
    });

    it('takes a document on the expected one only, and tells whoever is second what stands', async () => {
      await store.propose(proposalOf(FIRST, null));
      expect(await store.propose(proposalOf(SECOND, FIRST))).toEqual({ kind: 'accepted' });
      const second = await store.propose(proposalOf(FORK, FIRST));
      expect(second).toEqual({ kind: 'conflict', document: JSON.stringify(SECOND) });
      expect(await store.propose(proposalOf(FIRST, FORK))).toMatchObject({ kind: 'conflict' });
    });

    it('says that nothing stands', async () => {
      expect(await store.propose(proposalOf(SECOND, FIRST))).toEqual({ kind: 'conflict', document: null });
    });

    it('brings the document to whoever does not know it, with its version', async () => {
      await store.propose(proposalOf(FIRST, null));
      expect(await store.flush(flushOf('a'))).toMatchObject({
        document: JSON.stringify(FIRST),
        version: versionOf(FIRST),
      });
      expect(await store.flush(flushOf('a', { knows: versionOf(FIRST) }))).toMatchObject({ document: null });
      const fork = { ...versionOf(FIRST), tag: 'other' };
      expect(await store.flush(flushOf('a', { knows: fork }))).toMatchObject({ document: JSON.stringify(FIRST) });
    });

    it('brings the document whole to whoever has it from a journal', async () => {
      await store.propose(proposalOf(FIRST, null));
      const remembered = { knows: versionOf(FIRST), remembers: true };
      expect(await store.flush(flushOf('a', remembered))).toMatchObject({
        document: JSON.stringify(FIRST),
        recovery: null,
      });
    });

    it('tells whoever follows of each new document', async () => {
      const heard: string[] = [];
      store.follow((text) => heard.push(text));
      let last = FIRST;
      await store.propose(proposalOf(FIRST, null));
      await eventually(async () => {
        // What is published before the subscription stands is lost, as it may be.
        const next = documentAfter(last, [{ ...EVENTS[1]!, seq: last.event.seq + 1 }]);
        await store.propose(proposalOf(next, last));
        last = next;
        expect(heard.length).toBeGreaterThan(0);
      });
      expect(JSON.parse(heard.at(-1)!)).toMatchObject({ format: 1 });
    });

    it('counts who is present, in the order of ranks, and forgets who leaves', async () => {
      await store.flush(flushOf('b'));
      expect(await store.flush(flushOf('a'))).toMatchObject({ members: 2, position: 0 });
      expect(await store.flush(flushOf('b'))).toMatchObject({ members: 2, position: 1 });
      const roster = await store.roster();
      expect(
        roster.toSorted((a, b) => (a.member < b.member ? -1 : 1)).map(({ member, version }) => [member, version]),
      ).toEqual([
        ['pod a', NO_VERSION],
        ['pod b', NO_VERSION],
      ]);
    });

    it('keeps the latencies of each member, the latest in place of those before', async () => {
      const told = {
        stable: [[-3, 12]],
        candidate: [
          [0, 4],
          [7, 2 ** 40],
        ],
      } as const;
      await store.flush(flushOf('a', { latency: { stable: [[1, 1]], candidate: [] } }));
      await store.flush(flushOf('a', { latency: told }));
      expect(await store.roster()).toMatchObject([{ member: 'pod a', fingerprint: 'f', latency: told }]);
    });

    it('forgets who has expired', async () => {
      const { storeMs } = await store.flush(flushOf('a'));
      expect(await store.flush(flushOf('b'))).toMatchObject({ members: 2, oldestMs: storeMs });
      await eventually(async () => {
        const reply = await store.flush(flushOf('b', { expiryMs: 1 }));
        expect(reply).toMatchObject({ members: 1, position: 0, oldestMs: reply.storeMs });
      });
    });

    it('adds what members counted, slot by slot, beyond 32 bits', async () => {
      const many = 2 ** 40;
      await store.flush(flushOf('a', { batch: batchOf(1, [at(100, many, 3), at(101, 1)]) }));
      expect(await candidateOf('b', { batch: batchOf(1, [at(100, many, 1)]) })).toEqual([
        at(100, 2 * many, 4),
        at(101, 1),
      ]);
    });

    it('adds a batch once, however often it is sent', async () => {
      const batch = batchOf(1, [at(100, 5)]);
      await store.flush(flushOf('a', { batch }));
      const again = await store.flush(flushOf('a', { batch }));
      expect(again).toMatchObject({ acknowledged: 1 });
      expect(await candidateOf('b')).toEqual([at(100, 5)]);
    });

    it('adds no batch that was overtaken on the way by a later one', async () => {
      const first = batchOf(1, [at(100, 5)]);
      const { generation } = await store.flush(flushOf('a', { batch: first }));
      await store.flush(flushOf('a', { batch: batchOf(2, [at(101, 1)], { generation }) }));
      const late = await store.flush(flushOf('a', { batch: first }));
      expect(late).toMatchObject({ generation, acknowledged: 2 });
      expect(await candidateOf('b')).toEqual([at(100, 5), at(101, 1)]);
    });

    it('takes corrections', async () => {
      const { generation } = await store.flush(flushOf('a', { batch: batchOf(1, [at(100, 5)]) }));
      expect(await candidateOf('a', { batch: batchOf(2, [at(100, -2, 1)], { generation }) })).toEqual([at(100, 3, 1)]);
    });

    it('lets a new slot take the place of the one that has left the ring, and not the other way round', async () => {
      const { generation } = await store.flush(flushOf('a', { batch: batchOf(1, [at(100, 5)]) }));
      await store.flush(flushOf('a', { batch: batchOf(2, [at(110, 1)], { generation }) }));
      expect(await candidateOf('a', { batch: batchOf(3, [at(100, 7)], { generation }) })).toEqual([at(110, 1)]);
    });

    it('reads only what has changed since', async () => {
      const first = await store.flush(flushOf('a', { batch: batchOf(1, [at(100, 5), at(101, 5)]) }));
      const { generation, sums } = first;
      await store.flush(flushOf('a', { batch: batchOf(2, [at(101, 1)], { generation }) }));
      const reads = { lives: LIVES, seen: { stable: 0, candidate: sums!.candidate.change } };
      const next = await store.flush(flushOf('a', { reads }));
      expect(next.sums!.candidate.slots).toEqual([at(101, 6)]);
      const seen = { stable: 0, candidate: next.sums!.candidate.change };
      const last = await store.flush(flushOf('a', { reads: { ...reads, seen } }));
      expect(last.sums!.candidate.slots).toEqual([]);
    });

    it('keeps lives, sides, steps and other guards apart', async () => {
      const other = { stable: '1.1', candidate: '1.9', step: '1.9' };
      const step = { ended: 4, errors: 1, headed: 3, slow: 0 };
      await store.flush(flushOf('a', { batch: batchOf(1, [at(100, 5)], { stable: [at(100, 9)], step }) }));
      await store.flush(flushOf('b', { batch: batchOf(1, [at(100, 7)], { lives: other }) }));
      await store.flush(flushOf('c', { batch: batchOf(1, [at(100, 8)]), fingerprint: 'g' }));
      const { sums } = await store.flush(flushOf('d'));
      expect(sums).toMatchObject({ stable: { slots: [at(100, 9)] }, candidate: { slots: [at(100, 5)] }, step });
      const reads = { lives: other, seen: { stable: 0, candidate: 0 } };
      expect(await candidateOf('d', { reads })).toEqual([at(100, 7)]);
    });

    it('begins a new generation when a batch does not follow the last it knows, for the sums are older then', async () => {
      const first = await store.flush(flushOf('a', { batch: batchOf(1, [at(100, 5)]) }));
      const { generation } = first;
      const restore = await under.snapshot();
      await store.flush(flushOf('a', { batch: batchOf(2, [at(101, 5)], { generation }) }));
      await restore();
      const after = await store.flush(flushOf('a', { batch: batchOf(3, [at(102, 5)], { generation }) }));
      expect(after.generation).not.toBe(generation);
      expect(after).toMatchObject({ acknowledged: 3, sums: { candidate: { slots: [] } } });
      // Of another member, who has noticed nothing, the next batch is not mixed into the new sums.
      await store.flush(flushOf('b', { batch: batchOf(1, [at(100, 1)], { generation }) }));
      const whole = batchOf(4, [at(100, 5), at(101, 5), at(102, 5)]);
      expect(await candidateOf('a', { batch: whole })).toEqual([at(100, 5), at(101, 5), at(102, 5)]);
    });

    it('has another generation after it was emptied', async () => {
      const { generation } = await store.flush(flushOf('a', { batch: batchOf(1, [at(100, 5)]) }));
      await under.empty();
      const after = await store.flush(flushOf('a', { batch: batchOf(2, [at(101, 5)], { generation }) }));
      expect(after.generation).not.toBe(generation);
      expect(after).toMatchObject({ acknowledged: 2, version: NO_VERSION, sums: { candidate: { slots: [] } } });
    });

    it('counts who has gone back by itself in this life, as long as it says so', async () => {
      await store.flush(flushOf('a', { withdrawn: true }));
      expect(await store.flush(flushOf('b', { withdrawn: true }))).toMatchObject({ withdrawn: 2 });
      expect(await store.flush(flushOf('c', { life: '1.9' }))).toMatchObject({ withdrawn: 0 });
      expect(await store.flush(flushOf('b'))).toMatchObject({ withdrawn: 1 });
    });

    it('counts no vote of who has expired, however long it was to count', async () => {
      await store.flush(flushOf('a', { withdrawn: true, expiryMs: 90_000 }));
      await eventually(async () => {
        expect(await store.flush(flushOf('b', { expiryMs: 1 }))).toMatchObject({ members: 1, withdrawn: 0 });
      });
    });

    it('says when it stands behind what a member knows, and lets nothing rise until it is refilled', async () => {
      await store.propose(proposalOf(FIRST, null));
      expect(await store.flush(flushOf('a', { knows: versionOf(SECOND) }))).toMatchObject({
        recovery: { best: versionOf(SECOND) },
      });
      const other = await store.flush(flushOf('b', { knows: versionOf(FIRST) }));
      expect(other.recovery?.best).toEqual(versionOf(SECOND));
      expect(await store.propose(proposalOf(FORK, FIRST, { raises: true, untilMs: Number.MAX_SAFE_INTEGER }))).toEqual({
        kind: 'recovering',
      });
      const next = refilled(SECOND, 2);
      expect(await store.propose(proposalOf(next, FIRST, { events: [] }))).toEqual({ kind: 'accepted' });
      expect(await store.flush(flushOf('a', { knows: versionOf(SECOND) }))).toMatchObject({
        recovery: null,
        document: JSON.stringify(next),
      });
    });

    it('accepts no raise that comes after its time, but a fall', async () => {
      await store.propose(proposalOf(FIRST, null));
      const { storeMs } = await store.flush(flushOf('a'));
      const late = { raises: true, untilMs: storeMs - 1000 };
      expect(await store.propose(proposalOf(SECOND, FIRST, late))).toEqual({ kind: 'late' });
      expect(await store.propose(proposalOf(SECOND, FIRST, { ...late, raises: false }))).toEqual({ kind: 'accepted' });
    });

    it('offers the best version that any member knows', async () => {
      await store.flush(flushOf('a', { knows: versionOf(FIRST) }));
      const { recovery } = await store.flush(flushOf('b', { knows: versionOf(SECOND) }));
      expect(recovery?.best).toEqual(versionOf(SECOND));
      expect((await store.flush(flushOf('a', { knows: versionOf(FIRST) }))).recovery).toEqual(recovery);
    });
  });
}
