import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/model/command.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import type { Recording } from '../../src/model/status.ts';
import type { Input } from '../../src/release/act.ts';
import { createControl } from '../../src/release/control.ts';
import type { Journal } from '../../src/release/journal.ts';
import {
  acted,
  CANDIDATE_RELEASE,
  CIRCUMSTANCES,
  DECLARE,
  NOW_MS,
  PLAN,
  POLICY,
  ROLLED_BACK,
  SHIFTING,
  stillClock,
  UNHEALTHY,
} from './fixtures.ts';
import { blankRollout } from '../../src/release/fold.ts';
import type { Rollout } from '../../src/model/rollout.ts';

/** A journal on a disk that works, fails or hangs as the test says. */
function scriptedJournal(
  seq: number,
): Journal & { disk: 'works' | 'fails'; hold: Promise<void>; lines: RolloutEvent[] } {
  const waiting: RolloutEvent[] = [];
  const journal = {
    disk: 'works' as 'works' | 'fails',
    hold: Promise.resolve(),
    lines: [] as RolloutEvent[],
    async append(events: readonly RolloutEvent[]): Promise<boolean> {
      waiting.push(...events);
      await journal.hold;
      return journal.flush();
    },
    flush(): boolean {
      if (journal.disk === 'fails') return false;
      journal.lines.push(...waiting.splice(0));
      return true;
    },
    async tend(): Promise<void> {
      journal.flush();
    },
    recordedSeq: () => journal.lines.at(-1)?.seq ?? seq,
    recording: (): Recording =>
      journal.disk === 'works' ? { writable: true } : { writable: false, error: 'ENOSPC', sinceMs: 0 },
    events: () => journal.lines,
    writeFailures: () => 0,
    close: async () => {},
    abandon: async () => {},
  };
  return journal;
}

function controlFrom(rollout: Rollout) {
  const journal = scriptedJournal(rollout.seq);
  const order: string[] = [];
  const append = journal.append;
  journal.append = (events) => {
    order.push('record');
    return append(events);
  };
  const control = createControl({
    service: 'checkout',
    rollout,
    journal,
    clock: stillClock(),
    newId: () => 't1',
    policy: () => POLICY,
    publish: (_sides, share) => order.push(`publish ${share}`),
    restartWindow: (side) => order.push(`restart ${side}`),
    tell: (events) => order.push(`tell ${events.map(({ type }) => type).join()}`),
  });
  return { control, journal, order };
}

const setWeight = (candidate: number): Command => ({
  kind: 'set-weights',
  weights: { candidate },
  actor: 'operator',
  reason: 'because',
});

describe('a change of the rollout', () => {
  it('is published, then recorded, then told when it lowers the share', async () => {
    const { control, order } = controlFrom(SHIFTING);
    await control.take({ kind: 'verdict', verdict: UNHEALTHY, traceIds: [] });
    expect(order.slice(0, 2)).toEqual(['publish 0', 'record']);
    expect(order.at(-1)).toBe('tell rolled-back,rollback-progressed');
  });

  it('comes into force only once it is recorded when it raises the share', async () => {
    const { control, order } = controlFrom(SHIFTING);
    expect(await control.ask(setWeight(50))).toEqual({ ok: true });
    expect(order).toEqual(['publish 500', 'record', 'publish 5000', 'tell weights-set']);
  });

  it('empties the window when a candidate is sent out again, not when its share changes', async () => {
    const { control, order } = controlFrom(ROLLED_BACK);
    await control.ask(setWeight(5));
    await control.ask(setWeight(10));
    expect(order.filter((step) => step === 'restart candidate')).toHaveLength(1);
  });

  it('publishes a rollback at once though an earlier raise is still being written', async () => {
    const { control, journal, order } = controlFrom(SHIFTING);
    let release = (): void => {};
    journal.hold = new Promise((resolve) => (release = resolve));
    const raise = control.ask(setWeight(50));
    const rollback = control.take({ kind: 'verdict', verdict: UNHEALTHY, traceIds: [] });
    expect(control.share()).toBe(0);
    release();
    await Promise.all([raise, rollback]);
    expect(control.share()).toBe(0);
    expect(order).not.toContain('publish 5000');
    expect(journal.lines.map(({ type }) => type)).toEqual(['weights-set', 'rolled-back', 'rollback-progressed']);
  });

  it('gives a new candidate nothing before it is recorded, whatever the old one had', async () => {
    const { control, journal } = controlFrom(SHIFTING);
    let release = (): void => {};
    journal.hold = new Promise((resolve) => (release = resolve));
    const start = control.ask({
      kind: 'start',
      candidate: { ...CANDIDATE_RELEASE, version: 'v2' },
      actor: 'a',
      reason: 'r',
    });
    expect(control.share()).toBe(0);
    release();
    await start;
    expect(control.share()).toBe(500);
  });
});

describe('a state directory that cannot be written', () => {
  it('lets no command raise the share, and lets every command lower it', async () => {
    const { control, journal } = controlFrom(SHIFTING);
    journal.disk = 'fails';
    expect(await control.ask(setWeight(50))).toMatchObject({ ok: false, refusal: { code: 'state-not-writable' } });
    expect(await control.ask(setWeight(1))).toEqual({ ok: true });
    expect(control.share()).toBe(100);
  });

  it('takes a raise back for good when it fails only while being written', async () => {
    const { control, journal } = controlFrom(SHIFTING);
    journal.recording = () => ({ writable: true });
    journal.disk = 'fails';
    expect(await control.ask(setWeight(50))).toMatchObject({ ok: false, refusal: { code: 'state-not-writable' } });
    journal.disk = 'works';
    await control.tend();
    expect(control.share()).toBe(500);
    expect(journal.lines.map(({ type }) => type)).toEqual(['weights-set', 'raise-withdrawn']);
  });

  it('keeps to its plan when a planned step cannot be written', async () => {
    const onPlan = acted(
      [{ kind: 'start', candidate: CANDIDATE_RELEASE, plan: PLAN, actor: 'operator', reason: '' }],
      SHIFTING,
    );
    const { control, journal } = controlFrom(onPlan.rollout);
    journal.recording = () => ({ writable: true });
    journal.disk = 'fails';
    await control.take({ kind: 'planned-step', reason: 'the hold is over' });
    expect(control.rollout()).toMatchObject({ phase: 'shifting', share: 500, step: 0, plan: PLAN });
  });

  it('lets a candidate go on waiting when its beginning cannot be written', async () => {
    const waiting = acted([
      {
        kind: 'start',
        candidate: CANDIDATE_RELEASE,
        plan: [{ ...PLAN[0]!, gate: 'http://gate.example/' }],
        actor: 'operator',
        reason: '',
      },
    ]);
    const { control, journal } = controlFrom(waiting.rollout);
    journal.recording = () => ({ writable: true });
    journal.disk = 'fails';
    await control.take({ kind: 'begin', reason: 'the gate has opened' });
    expect(control.rollout()).toMatchObject({ phase: 'idle', pending: [{ share: 500 }] });
  });

  it('still rolls back, and records it when the disk works again', async () => {
    const { control, journal } = controlFrom(SHIFTING);
    journal.disk = 'fails';
    await control.take({ kind: 'verdict', verdict: UNHEALTHY, traceIds: [] });
    expect(control.share()).toBe(0);
    journal.disk = 'works';
    await control.tend();
    expect(journal.lines.map(({ type }) => type)).toEqual(['rolled-back', 'rollback-progressed']);
  });

  it('at start keeps the declared candidate at 0 % until it can be written', async () => {
    const { control, journal, order } = controlFrom(blankRollout(SHIFTING.declared, 0));
    journal.disk = 'fails';
    await control.take(DECLARE);
    expect(control.share()).toBe(0);
    journal.disk = 'works';
    await control.tend();
    expect(control.share()).toBe(500);
    expect(order.at(-1)).toBe('publish 500');
  });

  it('at a restart holds a rollout at 0 % until it can be written, for a rollback may be lost', async () => {
    const { control, journal, order } = controlFrom(SHIFTING);
    journal.disk = 'fails';
    await control.resume();
    expect(control.share()).toBe(0);
    expect(order).toEqual(['publish 0']);
    journal.disk = 'works';
    await control.tend();
    expect(control.share()).toBe(500);
    expect(order.at(-1)).toBe('publish 500');
  });
});

describe('a restart', () => {
  it('puts in force what was replayed, though no event says so', async () => {
    const { control, order } = controlFrom(SHIFTING);
    await control.resume();
    expect(order).toEqual(['publish 500']);
  });
});

describe('a one-time token', () => {
  const spends = { id: '0123456789ab', expiresAtMs: NOW_MS + 60_000 };
  const costly = (command: Command): Command => ({ ...command, actor: 'night-shift', spends });
  const rollBack: Command = { kind: 'roll-back', actor: 'ada', reason: 'bad' };

  it('is on disk as spent before a raise may be carried out', async () => {
    const { control, journal } = controlFrom(SHIFTING);
    let isOnDisk = (): void => {};
    journal.hold = new Promise((resolve) => (isOnDisk = resolve));
    let isSpent = false;
    const spending = control.spend(costly(setWeight(50))).then((refusal) => {
      isSpent = true;
      return refusal;
    });
    await Promise.resolve();
    expect(isSpent).toBe(false);
    isOnDisk();
    expect(await spending).toBeNull();
    expect(journal.lines).toMatchObject([{ type: 'token-spent', actor: 'night-shift', spentTokens: [spends] }]);
  });

  it('that lowers waits for no disk, and its line stands before that of the change', async () => {
    const { control, journal } = controlFrom(SHIFTING);
    let isOnDisk = (): void => {};
    journal.hold = new Promise((resolve) => (isOnDisk = resolve));
    const command = costly(rollBack);
    expect(await control.spend(command)).toBeNull();
    const asked = control.ask(command);
    expect(control.share()).toBe(0);
    isOnDisk();
    await asked;
    expect(journal.lines.map(({ type }) => type).slice(0, 2)).toEqual(['token-spent', 'rolled-back']);
  });

  it('stays spent when a raise fails while it is being written', async () => {
    const { control, journal } = controlFrom(SHIFTING);
    let fail = (): void => {};
    journal.hold = new Promise((resolve) => (fail = resolve));
    const spending = control.spend(costly(setWeight(50)));
    journal.disk = 'fails';
    fail();
    expect(await spending).toMatchObject({ code: 'state-not-writable' });
    journal.disk = 'works';
    expect(await control.spend(costly(setWeight(50)))).toMatchObject({ code: 'token-spent' });
  });

  it('is not spent on what is refused, and changes neither revision, reason nor windows', async () => {
    const { control, order } = controlFrom(SHIFTING);
    expect(await control.spend(costly({ ...setWeight(50), expectedRevision: 99 }))).toMatchObject({
      code: 'revision-mismatch',
    });
    expect(control.rollout()).toBe(SHIFTING);
    await control.spend(costly(rollBack));
    const { revision, reason, phase } = control.rollout();
    expect({ revision, reason, phase }).toEqual({
      revision: SHIFTING.revision,
      reason: SHIFTING.reason,
      phase: 'shifting',
    });
    expect(order.some((step) => step.startsWith('restart'))).toBe(false);
  });

  it('costs nothing where none is brought', async () => {
    const { control, journal } = controlFrom(SHIFTING);
    expect(await control.spend(rollBack)).toBeNull();
    expect(journal.lines).toEqual([]);
  });

  it('is remembered for a day longer than it was good for, and then forgotten', () => {
    const spent: Input = { kind: 'spend-token', token: spends, actor: 'a', reason: 'r' };
    const later = (ms: number): Input => ({ ...spent, token: { id: 'other', expiresAtMs: spends.expiresAtMs + ms } });
    const idsAfter = (ms: number) =>
      acted([later(ms)], acted([DECLARE, spent]).rollout, {
        ...CIRCUMSTANCES,
        nowMs: NOW_MS + ms,
      }).rollout.spentTokens.map(({ id }) => id);
    expect(idsAfter(24 * 3_600_000)).toEqual([spends.id, 'other']);
    expect(idsAfter(25 * 3_600_000)).toEqual(['other']);
  });
});
