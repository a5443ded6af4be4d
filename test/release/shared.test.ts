import { describe, expect, it } from 'vitest';
import type { Agreed } from '../../src/model/agreement.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import type { Share } from '../../src/model/split.ts';
import type { Input } from '../../src/release/act.ts';
import { createControl } from '../../src/release/control.ts';
import { openJournal } from '../../src/release/journal-file.ts';
import { readEvents } from '../../src/release/replay.ts';
import type { Appended } from '../../src/release/shared.ts';
import { acted, CIRCUMSTANCES, DECLARE, POLICY, SHIFTING, stillClock, UNHEALTHY } from './fixtures.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';

const setWeight = (candidate: number) =>
  ({ kind: 'set-weights', actor: 'ann', reason: 'try', weights: { candidate } }) as const;
const VERDICT: Input = { kind: 'verdict', verdict: UNHEALTHY, traceIds: [] };

/** A journal in which others write first, as often as the test says. */
function controlBesideOthers(others: readonly Input[], cap: () => Share = () => 10_000) {
  const written: RolloutEvent[] = [];
  const published: number[] = [];
  const restarted: string[] = [];
  let ids = 0;
  let adopt: (agreed: Agreed) => void = () => {};
  const waiting = [...others];
  const journal = {
    append: async (events: readonly RolloutEvent[]): Promise<Appended> => {
      const other = waiting.shift();
      if (other === undefined) {
        written.push(...events);
        return true;
      }
      const from = written.length === 0 ? SHIFTING : control.rollout();
      const theirs = acted([other], from, { ...CIRCUMSTANCES, transactionId: `other ${waiting.length}` }).events;
      written.push(...theirs);
      adopt({ events: theirs, reason: 'theirs', begunAnew: ['stable'], again: [] });
      return 'overtaken';
    },
    tend: async () => {},
    recordedSeq: () => written.at(-1)?.seq ?? SHIFTING.seq,
    recording: () => ({ writable: true }) as const,
    events: () => written,
    writeFailures: () => 0,
    close: async () => {},
    abandon: async () => {},
    follow: (next: (agreed: Agreed) => void) => {
      adopt = next;
    },
  };
  const control = createControl({
    service: 'checkout',
    rollout: SHIFTING,
    journal,
    clock: stillClock(),
    newId: () => `own ${ids++}`,
    policy: () => POLICY,
    publish: (_, share) => void published.push(share),
    restartWindow: (side) => void restarted.push(side),
    cap,
    tell: () => {},
  });
  return { control, written, published, restarted, adopt: (agreed: Agreed) => adopt(agreed) };
}

const typesIn = (events: readonly RolloutEvent[]) => events.map(({ type }) => type);

describe('a control whose journal others write too', () => {
  it('decides a verdict again on what they wrote', async () => {
    const { control, written } = controlBesideOthers([setWeight(20)]);
    await control.take(VERDICT);
    expect(typesIn(written)).toEqual(['weights-set', 'rolled-back', 'rollback-progressed']);
    expect([control.rollout().phase, control.share()]).toEqual(['rolled-back', 0]);
  });

  it('writes no second rollback when they rolled back first', async () => {
    const { control, written, restarted } = controlBesideOthers([VERDICT]);
    await control.take(VERDICT);
    expect(typesIn(written)).toEqual(['rolled-back']);
    expect(control.rollout().reason).toBe('theirs');
    expect(restarted).toEqual(['stable']);
  });

  it('tells a command whose revision they have passed', async () => {
    const { control } = controlBesideOthers([setWeight(20)]);
    const answer = await control.ask({ ...setWeight(30), expectedRevision: SHIFTING.revision });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'revision-mismatch' } });
  });

  it('gives up a command after they wrote first five times', async () => {
    const { control } = controlBesideOthers([1, 2, 3, 4, 6].map(setWeight));
    expect(await control.ask(setWeight(30))).toMatchObject({ ok: false, refusal: { code: 'wrong-phase' } });
    await control.tend();
    expect(control.share()).toBe(600);
  });

  it('never shows the share of what it adopts before what it knows against it', () => {
    const { adopt, published, control } = controlBesideOthers([]);
    const { events } = acted([setWeight(50)], SHIFTING);
    const [event] = acted([VERDICT], SHIFTING, { ...CIRCUMSTANCES, transactionId: 'mine' }).events;
    adopt({ events, reason: 'theirs', begunAnew: [], again: [{ kind: 'fall-again', event: event! }] });
    expect(published).toEqual([0]);
    expect(control.rollout()).toMatchObject({ phase: 'rolled-back', rollback: { transactionId: 'mine' } });
  });

  it('gives the candidate no more than its cap, and does not take that for what was agreed on', async () => {
    let cap = 0;
    const { control, written } = controlBesideOthers([], () => cap);
    expect(await control.ask(setWeight(20))).toEqual({ ok: true });
    expect([control.share(), control.rollout()]).toMatchObject([0, { share: 2000 }]);
    cap = 10_000;
    control.recap();
    expect(control.share()).toBe(2000);
    expect(typesIn(written)).toEqual(['weights-set']);
  });
});

describe("a fleet's journal on disk", () => {
  const [first, second, third] = acted([DECLARE, setWeight(20), setWeight(30)]).events as [
    RolloutEvent,
    RolloutEvent,
    RolloutEvent,
  ];
  const of = (event: RolloutEvent, seq: number, epoch: number, kept?: true): RolloutEvent => ({
    ...event,
    seq,
    fleet: { epoch, member: 'pod', ...(kept && { kept }) },
  });
  const mistakeIn = (...events: readonly RolloutEvent[]) =>
    readEvents(Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''))).mistake;

  it('may jump, begin anew under another epoch, and fall behind what nobody agreed on', () => {
    expect(mistakeIn(first, of(second, 40, 1), of(third, 44, 1))).toBeNull();
    expect(mistakeIn(of(first, 40, 1), of(second, 3, 2))).toBeNull();
    expect(mistakeIn(of(first, 40, 1), of(second, 41, 1, true), of(third, 42, 1, true), of(second, 41, 1))).toBeNull();
    expect(mistakeIn(of(first, 40, 1), of(second, 41, 1))).toBeNull();
  });

  it('is not believed where it falls behind what was agreed on', () => {
    expect(mistakeIn(of(first, 40, 1), of(second, 39, 1))).toContain('expected seq 40 of epoch 1 or later');
    expect(mistakeIn(of(first, 4, 2), of(second, 40, 1))).toContain('got 40 of 1');
    expect(mistakeIn(of(first, 40, 1), { ...second, seq: 42 })).toContain('expected seq 41');
  });

  it('is opened again with all of its lines, though its last is not its highest', async () => {
    const clock = stillClock();
    const dir = temporaryDirectory();
    const { journal } = await openJournal(dir, 'checkout', clock);
    const lines = [of(first, 40, 1), of(second, 41, 1, true), of(third, 42, 1, true), of(second, 41, 1)];
    expect(await journal.append(lines.slice(0, 3))).toBe(true);
    await journal.tend();
    expect(await journal.append(lines.slice(3))).toBe(true);
    await journal.abandon();
    const again = await openJournal(dir, 'checkout', clock);
    expect(again.setAside).toBeNull();
    expect(again.events).toEqual(lines);
    await again.journal.close();
  });
});
