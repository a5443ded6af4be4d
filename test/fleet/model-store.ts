import type {
  Batch,
  FleetStore,
  Flush,
  FlushReply,
  Proposal,
  Proposed,
  RosterEntry,
  Seen,
  SideSums,
  SlotDelta,
  StepDelta,
  Version,
} from '../../src/fleet/store.ts';
import { NO_VERSION } from '../../src/fleet/store.ts';

/**
 * The scripts' semantics without a server: what the property test runs on. The real scripts are held to the same cases
 * in store.test.ts. Its whole state is one value, so that a snapshot is a copy.
 */
interface State {
  version: Version;
  text: string;
  events: string[];
  generation: string;
  best: { version: Version; sinceMs: number; untilMs: number } | null;
  clockMs: number;
  present: Map<
    string,
    Pick<Flush, 'rank' | 'member' | 'knows' | 'withdrawn' | 'fingerprint' | 'latency'> & { seenMs: number }
  >;
  batches: Map<string, number>;
  withdrawn: Map<string, Map<string, number>>;
  sums: Map<string, Ring>;
  steps: Map<string, { generation: string; step: StepDelta }>;
}

interface Ring {
  generation: string;
  change: number;
  slots: Map<number, { delta: SlotDelta; change: number }>;
}

export interface ModelServer {
  flush(flush: Flush): FlushReply;
  propose(proposal: Proposal): Proposed;
  roster(): readonly RosterEntry[];
  leave(incarnation: string, life: string): void;
  /** Every document that was accepted, for whoever listens. */
  onPublish(hear: (text: string) => void): void;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  /** Restarted without its memory. */
  empty(): void;
  /** Texts of the stream. */
  events(): readonly string[];
  text(): string | null;
}

const later = (a: Version, b: Version): boolean => a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq);
const same = (a: Version, b: Version): boolean => a.epoch === b.epoch && a.seq === b.seq && a.tag === b.tag;

const blank = (): State => ({
  version: NO_VERSION,
  text: '',
  events: [],
  generation: '',
  best: null,
  clockMs: 0,
  present: new Map(),
  batches: new Map(),
  withdrawn: new Map(),
  sums: new Map(),
  steps: new Map(),
});

export function createModelServer(nowMs: () => number): ModelServer {
  let state = blank();
  let begun = 0;
  const listeners: ((text: string) => void)[] = [];

  function begin(incarnation: string): void {
    state.generation = `${incarnation}-${nowMs()}-${++begun}`;
  }

  function ringOf(name: string): Ring {
    let ring = state.sums.get(name);
    if (ring?.generation !== state.generation) {
      ring = { generation: state.generation, change: 0, slots: new Map() };
      state.sums.set(name, ring);
    }
    return ring;
  }

  function add(name: string, deltas: readonly SlotDelta[], length: number): void {
    if (deltas.length === 0) return;
    const ring = ringOf(name);
    ring.change = Math.max(ring.change + 1, nowMs());
    for (const delta of deltas) {
      const old = ring.slots.get(delta.slot % length)?.delta;
      if (old !== undefined && old.slot > delta.slot) continue;
      const base = old?.slot === delta.slot ? old : { slot: delta.slot, requests: 0, errors: 0, timed: 0, slow: 0 };
      const sum = {
        slot: delta.slot,
        requests: base.requests + delta.requests,
        errors: base.errors + delta.errors,
        timed: base.timed + delta.timed,
        slow: base.slow + delta.slow,
      };
      ring.slots.set(delta.slot % length, { delta: sum, change: ring.change });
    }
  }

  function apply(batch: Batch, { fingerprint, slots }: Flush): void {
    if (batch.generation !== '' && batch.generation !== state.generation) return;
    add(`${fingerprint} stable ${batch.lives.stable}`, batch.stable, slots);
    add(`${fingerprint} candidate ${batch.lives.candidate}`, batch.candidate, slots);
    if (batch.step === null) return;
    const name = `${fingerprint} ${batch.lives.step}`;
    const old = state.steps.get(name);
    const zero = { ended: 0, errors: 0, headed: 0, slow: 0 };
    const base = old?.generation === state.generation ? old.step : zero;
    state.steps.set(name, {
      generation: state.generation,
      step: {
        ended: base.ended + batch.step.ended,
        errors: base.errors + batch.step.errors,
        headed: base.headed + batch.step.headed,
        slow: base.slow + batch.step.slow,
      },
    });
  }

  function changed(name: string, seen: number): SideSums {
    const ring = state.sums.get(name);
    if (ring === undefined || ring.generation !== state.generation) return { change: 0, slots: [] };
    const from = seen > ring.change ? 0 : seen;
    const slots = [...ring.slots.values()].filter(({ change }) => change > from).map(({ delta }) => delta);
    return { change: ring.change, slots };
  }

  function noteLoss({ knows, expiryMs }: Flush): void {
    const now = nowMs();
    const untilMs = now + Math.max(10_000, expiryMs);
    const { best } = state;
    if (best !== null && (now > best.untilMs || !later(best.version, state.version))) state.best = null;
    if (!later(knows, state.version)) return;
    if (state.best === null || later(knows, state.best.version)) {
      state.best = { version: knows, sinceMs: state.best?.sinceMs ?? now, untilMs };
    } else if (same(knows, state.best.version)) state.best.untilMs = untilMs;
  }

  function followClock(now: number, life: string): void {
    if (now < state.clockMs - 2000) {
      state.present.clear();
      state.withdrawn.delete(life);
      state.best = null;
      state.generation = '';
    }
    if (now < state.clockMs - 2000 || now > state.clockMs + 500) state.clockMs = now;
  }

  return {
    flush(flush) {
      const now = nowMs();
      followClock(now, flush.life);
      const { incarnation, series, member, rank, expiryMs, knows, withdrawn, life, batch, reads, fingerprint } = flush;
      const votes = state.withdrawn.get(life) ?? new Map<string, number>();
      state.withdrawn.set(life, votes);
      for (const [gone, { seenMs }] of state.present) {
        if (seenMs >= now - expiryMs) continue;
        state.present.delete(gone);
        votes.delete(gone);
      }
      state.present.set(incarnation, {
        rank,
        member,
        knows,
        withdrawn,
        fingerprint,
        latency: flush.latency,
        seenMs: now,
      });
      if (withdrawn) votes.set(incarnation, now + expiryMs);
      else votes.delete(incarnation);
      noteLoss(flush);
      if (state.generation === '') begin(incarnation);
      if (batch !== null) {
        const last = state.batches.get(series) ?? 0;
        if (batch.sequence > last) {
          if (batch.sequence !== last + 1) begin(incarnation);
          apply(batch, flush);
        }
        state.batches.set(series, Math.max(last, batch.sequence));
      }
      const ranks = [...state.present].toSorted(([a, x], [b, y]) => x.rank - y.rank || (a < b ? -1 : 1));
      const step = reads === null ? undefined : state.steps.get(`${fingerprint} ${reads.lives.step}`);
      const read = (side: keyof Seen) => changed(`${fingerprint} ${side} ${reads!.lives[side]}`, reads!.seen[side]);
      return {
        storeMs: now,
        version: state.version,
        document: (same(state.version, knows) && !flush.remembers) || state.text === '' ? null : state.text,
        generation: state.generation,
        acknowledged: state.batches.get(series) ?? 0,
        members: state.present.size,
        oldestMs: Math.min(...[...state.present.values()].map(({ seenMs }) => seenMs)),
        position: ranks.findIndex(([name]) => name === incarnation),
        withdrawn: [...votes.values()].filter((expiresMs) => expiresMs >= now).length,
        recovery: state.best === null ? null : { best: state.best.version, sinceMs: state.best.sinceMs },
        sums:
          reads === null
            ? null
            : {
                stable: read('stable'),
                candidate: read('candidate'),
                step: step?.generation === state.generation ? step.step : { ended: 0, errors: 0, headed: 0, slow: 0 },
              },
      };
    },
    propose({ expected, version, text, raises, untilMs, events }) {
      if (!same(state.version, expected)) return { kind: 'conflict', document: state.text === '' ? null : state.text };
      if (raises && nowMs() > untilMs) return { kind: 'late' };
      const { best } = state;
      if (best !== null) {
        const isLost = later(best.version, state.version) && nowMs() <= best.untilMs;
        if (isLost && raises) return { kind: 'recovering' };
        if (!later(best.version, version)) state.best = null;
      }
      state.version = version;
      state.text = text;
      state.events.push(...events);
      for (const hear of listeners) hear(text);
      return { kind: 'accepted' };
    },
    roster: () =>
      [...state.present].map(([incarnation, { member, knows, withdrawn, seenMs, fingerprint, latency }]) => ({
        incarnation,
        member,
        version: knows,
        ageMs: nowMs() - seenMs,
        withdrawn,
        fingerprint,
        latency,
      })),
    leave(incarnation, life) {
      state.present.delete(incarnation);
      state.withdrawn.get(life)?.delete(incarnation);
    },
    onPublish: (hear) => void listeners.push(hear),
    snapshot: () => structuredClone(state),
    restore(snapshot) {
      state = structuredClone(snapshot as State);
    },
    empty() {
      state = blank();
    },
    events: () => state.events,
    text: () => (state.text === '' ? null : state.text),
  };
}

/** The server as a store that is never away. */
export function modelStore(server: ModelServer): FleetStore {
  return {
    flush: async (flush) => server.flush(flush),
    propose: async (proposal) => server.propose(proposal),
    follow: server.onPublish,
    roster: async () => server.roster(),
    close: async (incarnation, life) => server.leave(incarnation, life),
  };
}
