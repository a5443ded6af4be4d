import { createFleet } from '../../src/fleet/fleet.ts';
import { agreedIn } from '../../src/fleet/knowing.ts';
import type { FleetStore } from '../../src/fleet/store.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import type { Guards } from '../../src/model/guards.ts';
import type { Declaration, Rollout, Sides } from '../../src/model/rollout.ts';
import { shareOf, sidesOf } from '../../src/model/rollout.ts';
import type { Share } from '../../src/model/split.ts';
import type { Side } from '../../src/model/upstream.ts';
import { createControl } from '../../src/release/control.ts';
import { blankRollout, fold } from '../../src/release/fold.ts';
import { readEvent } from '../../src/release/replay.ts';
import type { Random } from '../../src/support/random.ts';
import { DECLARATION, NOW_MS, POLICY } from '../release/fixtures.ts';
import type { ModelServer } from './model-store.ts';
import { createTraffic } from './traffic.ts';

export const GUARDS: Guards = {
  windowMs: 10_000,
  errorsRatio: 0.01,
  p95Ms: null,
  rule: 'evidence',
  minRequests: 20,
  falseRollbackMs: 3_600_000,
  worseThanStable: null,
};
export const FLUSH_MS = 1000;

/** Time as a whole test sees it: the store's, and from it every member's. */
export interface World {
  readonly nowMs: number;
  readonly random: Random;
  readonly newId: () => string;
}

/** How a call of one member fares on its way to the store and back. */
export type Fate = 'goes' | 'request-lost' | 'reply-lost' | 'late';

/** The network between one member and the store, as the test sets it. */
export interface Link {
  fate: Fate;
  /** Whether notifications are held back. */
  isDeaf: boolean;
  held: string[];
  hear: (text: string) => void;
  /** What was given up and is under way all the same. */
  late: (() => unknown)[];
}

/** A store, and how it is reached. */
export interface Reach {
  readonly link: Link;
  readonly store: FleetStore;
}

export function linkTo(server: ModelServer): Reach {
  const link: Link = { fate: 'goes', isDeaf: false, held: [], hear: () => {}, late: [] };
  server.onPublish((text) => {
    if (link.fate !== 'goes') return;
    if (link.isDeaf) link.held.push(text);
    else link.hear(text);
  });
  const call = async <T>(work: () => T): Promise<T> => {
    const { fate } = link;
    if (fate === 'late') link.late.push(work);
    if (fate === 'request-lost' || fate === 'late') throw new Error('lost');
    const answer = work();
    if (fate === 'reply-lost') throw new Error('lost');
    return answer;
  };
  const store: FleetStore = {
    flush: (flush) => call(() => server.flush(flush)),
    propose: (proposal) => call(() => server.propose(proposal)),
    follow: (hear) => {
      link.hear = hear;
    },
    roster: () => call(server.roster),
    close: (incarnation, life) => call(() => server.leave(incarnation, life)),
  };
  return { link, store };
}

export interface MemberSettings {
  readonly flushMs?: number;
  readonly guards?: Guards;
  /** Of the pod's clock. */
  readonly wallAheadMs?: number;
}

/** The journal's file as it survives a restart. */
export function createDisk() {
  const lines: RolloutEvent[] = [];
  return {
    lines,
    journal: () => ({
      append: async (events: readonly RolloutEvent[]) => {
        // By way of text, as on a disk.
        lines.push(...events.map((event) => JSON.parse(JSON.stringify(event)) as RolloutEvent));
        return true;
      },
      tend: async () => {},
      recordedSeq: () => lines.at(-1)?.seq ?? 0,
      recording: () => ({ writable: true }) as const,
      events: () => lines,
      writeFailures: () => 0,
      close: async () => {},
      abandon: async () => {},
    }),
  };
}

/** One sidecar of the fleet: the shipped control and the shipped fleet, with made-up traffic. */
export function createTestMember(
  name: string,
  world: World,
  { link, store }: Reach,
  disk = createDisk(),
  settings: MemberSettings = {},
) {
  const { flushMs = FLUSH_MS, guards = GUARDS, wallAheadMs = 0 } = settings;
  const bootMs = world.nowMs - 5000;
  const clock = { monotonicMs: () => world.nowMs - bootMs, wallMs: () => NOW_MS + world.nowMs + wallAheadMs };
  const traffic = createTraffic(guards.windowMs, clock.monotonicMs);
  const told: RolloutEvent[] = [];
  let inForce: { sides: Sides; share: Share } | null = null;
  const fleet = createFleet({
    service: 'checkout',
    name,
    flushMs,
    guards,
    store,
    local: disk.journal(),
    remembered: [...disk.lines],
    clock,
    random: world.random,
    newId: world.newId,
    mistakeOf: (event) => {
      const read = readEvent(event);
      return 'mistake' in read ? read.mistake : null;
    },
    latency: () => ({ stable: [], candidate: [] }),
    observed: traffic.observed,
    recap: () => control.recap(),
    tellWithdrawn: () => {},
  });
  const blank = blankRollout(DECLARATION, clock.wallMs());
  const rollout: Rollout = disk.lines.reduce(fold, blank);
  const control = createControl({
    service: 'checkout',
    rollout,
    recorded: agreedIn(disk.lines).reduce(fold, blank),
    journal: fleet.journal,
    clock,
    newId: world.newId,
    policy: () => POLICY,
    publish: (sides, share) => {
      if (inForce === null || inForce.share !== share) {
        traffic.beginStep();
        fleet.beginStep(share);
      }
      inForce = { sides, share };
    },
    restartWindow: (side: Side) => {
      fleet.restart(side);
      traffic.clear(side);
    },
    cap: fleet.cap,
    tell: (events) => void told.push(...events),
  });
  return {
    name,
    fleet,
    control,
    link,
    disk,
    traffic,
    nowMs: clock.monotonicMs,
    told,
    share: () => inForce?.share ?? 0,
    candidate: () => sidesOf(control.rollout()).candidate?.version ?? null,
    asked: () => shareOf(control.rollout()),
    /** What the composition root does first. */
    async begin(declaration: Declaration): Promise<void> {
      const isJoined = await fleet.join();
      const isLeftBehind = isJoined && fleet.isLeftBehind(declaration);
      const declared = isLeftBehind ? null : control.take({ kind: 'declare', declaration, lapsed: false });
      // As long as nothing agrees, nothing of it is recorded.
      void Promise.resolve(declared).then(control.resume);
    },
    /** One beat, as the composition root does it. */
    beat(): void {
      const nowMs = clock.monotonicMs();
      fleet.beat(nowMs);
      const verdict = shareOf(control.rollout()) > 0 ? fleet.judge(nowMs) : null;
      if (verdict?.kind === 'unhealthy') void control.take({ kind: 'verdict', verdict, traceIds: [] });
      void control.tend();
    },
  };
}

export type TestMember = ReturnType<typeof createTestMember>;

/** Lets everything happen that is under way and waits for no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
