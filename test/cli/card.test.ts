import { describe, expect, it } from 'vitest';
import { statusOf } from '../../src/admin/views.ts';
import { cardOf } from '../../src/cli/card.ts';
import { UNPAINTED } from '../../src/cli/output.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import type { Rollout } from '../../src/model/rollout.ts';
import type { Snapshot } from '../../src/model/status.ts';
import {
  candidate,
  eventOf,
  idle,
  promoted,
  reason,
  rolledBack,
  shifting,
  SINCE_MS,
  snapshotOf,
} from '../admin/fixtures.ts';

const NOW_MS = SINCE_MS + 192_000;

function card(
  rollout: Rollout,
  changes: Partial<Snapshot> = {},
  events: readonly RolloutEvent[] | null = null,
  columns = Infinity,
): string {
  const status = statusOf(snapshotOf(rollout, changes));
  return `\n${cardOf({ status, events, nowMs: NOW_MS, columns }, UNPAINTED).join('\n')}\n`;
}

const steps = [5, 25, 50, 100].map((percent) => ({ share: percent * 100, holdMs: 120_000, gate: null }));
const busy: Partial<Snapshot> = {
  windows: {
    stable: { requests: 12_034, errors: 3, errorRatio: 3 / 12_034, p95Ms: 41.234 },
    candidate: { requests: 634, errors: 1, errorRatio: 1 / 634, p95Ms: 52 },
  },
};

describe('the card of a rollout', () => {
  it('that is idle', () => {
    expect(card(idle)).toMatchInlineSnapshot(`
      "
      checkout  IDLE  everything goes to v1.2.3; there is no candidate
        for 3.2 min, since 12:00:00Z; revision 5, wanted by the configuration file
        why: first try

        stable  v1.2.3  100 %  ██████████████████████████████

        in the last 2m  requests  failures    P95
          stable        950       1 (0.11 %)  120 ms

        automation on
        you can    weir start VERSION --url URL
      "
    `);
  });

  it('that follows its plan', () => {
    const onStep: Rollout = { ...shifting, plan: steps, step: 1, share: 2500 } as Rollout;
    const kept = {
      ...reason,
      relation: 'unknown',
      measured: 0.0016,
      text: 'candidate failures 0.158 %, not proven',
    } as const;
    const changes: Partial<Snapshot> = {
      ...busy,
      share: 2500,
      verdict: { kind: 'inconclusive', reasons: [kept] },
      waitingFor: { proof: { requests: 710, ms: 90_000 }, breach: null, text: '710 requests more (90 s) to prove it' },
      probes: { stable: { up: true, failures: 0, of: 5, passes: 9, last: '200 in 2 ms' }, candidate: null },
      pace: { advance: 'proof', promote: 'manual', heldMs: 72_000, waitingFor: 'the end of the hold (in 48 s)' },
    };
    const events = [
      eventOf(3, { type: 'advanced', actor: 'plan', reason: 'the plan goes on to step 2' }),
      eventOf(2, { type: 'rollback-progressed' }),
      eventOf(1, { type: 'started', at: '2026-11-19T08:00:00.000Z' }),
    ];
    expect(card(onStep, changes, events)).toMatchInlineSnapshot(`
      "
      checkout  SHIFTING  v1.3.0 gets 25 % (step 2 of 4), v1.2.3 the other 75 %
        for 3.2 min, since 12:00:00Z; revision 5, wanted by the configuration file
        why: first try

        stable     v1.2.3  75 %  ███████████████████████░░░░░░░
        candidate  v1.3.0  25 %  ████████░░░░░░░░░░░░░░░░░░░░░░

        in the last 2m  requests  failures     P95
          stable        12,034    3 (0.025 %)  41.2 ms
          candidate     634       1 (0.16 %)   52 ms
          limit                   0.5 %        300 ms

        verdict    inconclusive
                   · candidate failures 0.158 %, not proven
                   waits for: 710 requests more (90 s) to prove it
        plan       ✓ 5 % for 2m   ▶ 25 % for 2m (held 72 s)   · 50 % for 2m   · 100 % for 2m
                   waits for the end of the hold (in 48 s)
                   advances by proof, promoted by a person
        probes     stable up, 0 of 5 failed, last: 200 in 2 ms
        automation on
        you can    weir rollback   weir pause   weir advance

        last events
          12:00:03Z             advanced  v1.3.0  5 % (was 0 %)  plan: the plan goes on to step 2
          2026-11-19 08:00:00Z  started   v1.3.0  5 % (was 0 %)  operator: first try
      "
    `);
  });

  it('that is paused at a weight set by hand', () => {
    const paused = { ...shifting, phase: 'paused', plan: steps, step: null } as Rollout;
    const pace = { advance: 'time', promote: 'auto', heldMs: 0, waitingFor: 'a person: resume' } as const;
    expect(card(paused, { pace })).toMatchInlineSnapshot(`
      "
      checkout  PAUSED  v1.3.0 stays at 5 % (set by hand), v1.2.3 the other 95 %
        for 3.2 min, since 12:00:00Z; revision 5, wanted by the configuration file
        why: first try

        stable     v1.2.3  95 %  █████████████████████████████░
        candidate  v1.3.0  5 %   ██░░░░░░░░░░░░░░░░░░░░░░░░░░░░

        in the last 2m  requests  failures    P95
          stable        950       1 (0.11 %)  120 ms
          candidate     0         0           -
          limit                   0.5 %       300 ms

        verdict    inconclusive  no guard has anything to judge
        plan       · 5 % for 2m   · 25 % for 2m   · 50 % for 2m   · 100 % for 2m
                   left by hand: weir advance goes on with it
                   waits for a person: weir resume
                   advances by time, promoted by itself
        automation on
        you can    weir rollback   weir resume   weir set-weight 5
      "
    `);
  });

  it('that bakes', () => {
    const pace = { advance: 'time', promote: 'auto', heldMs: 192_000, waitingFor: 'the end of the bake' } as const;
    expect(card(promoted, { ...busy, pace })).toMatchInlineSnapshot(`
      "
      checkout  PROMOTED  v1.3.0 is stable and gets 100 %; v1.2.3 is kept as the way back while it bakes
        for 3.2 min, since 12:00:00Z; revision 5, wanted by the configuration file
        why: first try

        stable  v1.3.0  100 %  ██████████████████████████████
        former  v1.2.3  0 %    ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░

        in the last 2m  requests  failures     P95
          stable        634       1 (0.16 %)   52 ms
          former        12,034    3 (0.025 %)  41.2 ms
          limit                   0.5 %        300 ms

        verdict    inconclusive  no guard has anything to judge
        bake       for 3.2 min now
                   waits for the end of the bake
        automation on
        you can    weir rollback (back to v1.2.3)
      "
    `);
  });

  it('that was rolled back by a guard', () => {
    expect(card(rolledBack, busy)).toMatchInlineSnapshot(`
      "
      checkout  ROLLED-BACK  v1.3.0 is out; everything goes to v1.2.3 until a person or a new version comes
        for 3.2 min, since 12:00:00Z; revision 5, wanted by the configuration file
        why: first try

        stable     v1.2.3  100 %  ██████████████████████████████
        candidate  v1.3.0  0 %    ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░

        in the last 2m  requests  failures     P95
          stable        12,034    3 (0.025 %)  41.2 ms
          candidate     634       1 (0.16 %)   52 ms
          limit                   0.5 %        300 ms

        verdict    unhealthy  when it was taken out
                   ✗ candidate failures 7.2 % > 0.5 % (36 of 500 requests in 41 s)
                   trace ids: 4bf9
        rollback   verified: nothing reaches the candidate
        automation on
        you can    weir history   weir set-weight 5 (v1.3.0 again)   weir start VERSION --url URL
      "
    `);
  });

  it('with everything wrong at once', () => {
    const frozen = { state: 'frozen', reason: '3 rollbacks in 1h', rollbacksAtMs: [] } as const;
    const down = { up: false, failures: 4, of: 5, passes: 0, last: 'connect ECONNREFUSED' } as const;
    const changes: Partial<Snapshot> = {
      share: 200,
      recording: { writable: false, error: 'ENOSPC: no space left on device', sinceMs: SINCE_MS },
      reload: {
        successful: false,
        succeededAtMs: SINCE_MS,
        triedAtMs: NOW_MS,
        mistakes: ['weir.yaml:3: a: b', 'more'],
      },
      splitSuspicion: '5 of 1000 requests went to the candidate, expected about 50',
      probes: { stable: null, candidate: down },
    };
    const warnings = card({ ...shifting, automation: frozen }, changes)
      .split('\n')
      .filter((line) => line.startsWith('!!'));
    expect(warnings.join('\n')).toMatchInlineSnapshot(`
      "!! THE JOURNAL CANNOT BE WRITTEN since 12:00:00Z: ENOSPC: no space left on device. The candidate's share may only fall. Mend it or make room: it is tried again every second.
      !! THE BREAKER IS FROZEN: 3 rollbacks in 1h. To lift it: weir automation on --reason TEXT
      !! THE CONFIGURATION FILE WAS REFUSED, that of 12:00:00Z is in force: weir.yaml:3: a: b (and 1 more). Correct it: it is read again when it changes.
      !! THE SPLIT LOOKS WRONG: 5 of 1000 requests went to the candidate, expected about 50
      !! THE PROBE OF CANDIDATE FAILS: 4 of 5, last: connect ECONNREFUSED
      !! 5 % FOR THE CANDIDATE IS ASKED FOR and not in force, because it is not yet on disk."
    `);
  });

  it('warns when stable itself fails, which nobody takes out, and not for a failure or two', () => {
    const failing = (requests: number, errors: number) => ({
      windows: { ...busy.windows!, stable: { requests, errors, errorRatio: errors / requests, p95Ms: 2 } },
    });
    expect(card(shifting, failing(687, 405))).toContain(
      "!! STABLE ITSELF FAILS: 59 % of its requests (405 of 687), the candidate's limit is 0.5 %.",
    );
    expect(card(shifting, failing(20, 2))).not.toContain('!!');
    expect(card(shifting, failing(10_000, 40))).not.toContain('!!');
  });

  it('that begins with a candidate that waits for its health check', () => {
    const pace = {
      advance: 'time',
      promote: 'auto',
      heldMs: 0,
      waitingFor: 'the health check of the candidate',
    } as const;
    expect(card({ ...idle, candidate, pending: steps } as Rollout, { pace })).toContain(
      'IDLE  v1.3.0 has 0 % and waits for the health check of the candidate; everything goes to v1.2.3',
    );
  });

  it('shows the steps around the present one when there are many', () => {
    const many = Array.from({ length: 50 }, (_, at) => ({ share: (at + 1) * 200, holdMs: 60_000, gate: null }));
    const line = card({ ...shifting, plan: many, step: 20 } as Rollout)
      .split('\n')
      .find((text) => text.includes('▶'));
    expect(line).toContain('(18 before)   ✓ 38 % for 1m   ✓ 40 % for 1m   ▶ 42 % for 1m');
    expect(line).toContain('(25 more)');
  });

  it('never shows a little as nothing, nor nearly everything as all', () => {
    const barAt = (share: number) =>
      card({ ...shifting, share } as Rollout, { share }).match(/candidate .*?([█░]+)/)?.[1];
    expect(barAt(1)).toMatch(/^█░+$/);
    expect(barAt(9999)).toMatch(/^█+░$/);
  });

  it('fits a narrow terminal: sentences are wrapped, rows are cut, a very long reason is shortened', () => {
    const reason = 'the checkout is slow for everybody '.repeat(14);
    const events = [eventOf(1, { reason })];
    const lines = card({ ...rolledBack, reason }, busy, events, 60)
      .trim()
      .split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
    expect(lines.filter((line) => line.startsWith('       the') || line.startsWith('       slow')).length).toBeLessThan(
      4,
    );
    expect(lines).toContain('       … (weir history has the rest)');
    expect(lines.join(' ').replaceAll(/ +/g, ' ')).toContain('until a person or a new version comes');
    expect(card({ ...rolledBack, reason })).toContain(`why: ${reason.trim()}`);
  });

  it('says of an event what it was about: a release that was made known, or automation, and no share then', () => {
    const registered = { release: { ...candidate, version: 'v9' }, status: 'candidate', atMs: 0 } as const;
    const off = { state: 'off', reason: '', rollbacksAtMs: [] } as const;
    const events = [
      eventOf(2, { type: 'registered', releases: [registered], reason: 'for later' }),
      eventOf(1, { type: 'automation-set', automation: off, reason: 'audit' }),
      eventOf(0, { type: 'token-spent', reason: 'spent on start' }),
    ];
    expect(card(shifting, {}, events)).toMatch(
      /registered +v9 +operator: for later\n.*automation-set +off +operator: audit\n.*token-spent +- +operator: spent on start/,
    );
  });

  it('shows what each release gets, however long its version is, in 80 columns', () => {
    const version = `registry.example/team/checkout:2026.11.21@sha256-${'0'.repeat(50)}-7`;
    const long: Rollout = { ...shifting, candidate: { ...candidate, version }, share: 1234 } as Rollout;
    const weights = { before: { stable: 100, candidate: 0 }, after: { stable: 87.66, candidate: 12.34 } };
    const events = [eventOf(1, { candidate: { ...candidate, version }, weights })];
    const lines = card(long, { share: 1234 }, events, 80).split('\n');
    expect(lines.find((line) => line.startsWith('  candidate '))).toMatch(/registry.*….*0-7 +12\.34 % +█/);
    expect(lines.find((line) => line.includes('weights-set'))).toMatch(/registry.*….*0-7 +12\.34 % \(was 0 %\)/);
    expect(card(long, { share: 1234 }, events)).toContain(`candidate  ${version}  12.34 %`);
  });

  it('does not call it a fall when a promoted release has been baked', () => {
    const weights = { before: { stable: 0, candidate: 100 }, after: { stable: 100, candidate: 0 } };
    const events = [eventOf(1, { type: 'baked', phase: 'idle', candidate: null, weights, reason: 'the bake is over' })];
    expect(card(idle, {}, events)).toMatch(/baked +v1\.2\.3 +100 % +\w+: the bake is over/);
  });

  it('breaks no command in two', () => {
    const lines = card(rolledBack, {}, null, 60).split('\n');
    expect(lines.some((line) => line.endsWith('weir start VERSION --url URL'))).toBe(true);
  });

  it('says what there is to do, and never what would be refused', () => {
    const choices = (rollout: Rollout) => card(rollout).match(/you can +(.*)/)?.[1];
    const frozen = { state: 'frozen', reason: '3 rollbacks in 1h', rollbacksAtMs: [] } as const;
    const onPlan: Rollout = { ...shifting, plan: steps, step: 0 } as Rollout;
    expect(choices(onPlan)).toBe('weir rollback   weir pause   weir advance');
    expect(choices({ ...onPlan, automation: frozen })).toBe('weir rollback   weir history   weir automation on');
    expect(choices({ ...rolledBack, automation: frozen })).toBe('weir history   weir automation on');
    expect(choices({ ...onPlan, step: 3 } as Rollout)).toBe(
      'weir rollback   weir pause   weir set-weight 5   weir promote',
    );
    expect(choices(idle)).toBe('weir start VERSION --url URL');
  });
});
