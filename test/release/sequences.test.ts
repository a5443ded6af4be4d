import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RolloutEvent } from '../../src/model/event.ts';
import type { Rollout } from '../../src/model/rollout.ts';
import { shareOf, sidesOf } from '../../src/model/rollout.ts';
import { FULL_SHARE } from '../../src/model/split.ts';
import type { Input } from '../../src/release/act.ts';
import { act } from '../../src/release/act.ts';
import type { Circumstances } from '../../src/release/change.ts';
import { blankRollout, fold } from '../../src/release/fold.ts';
import { readEvents } from '../../src/release/replay.ts';
import { CANDIDATE_RELEASE, DECLARATION, NOW_MS, PLAN, POLICY, UNHEALTHY } from './fixtures.ts';

const by = { actor: 'operator', reason: 'because' };
const url = 'http://127.0.0.1:3002';
const others = ['v1.4.0', 'v1.5.0', 'v1.6.0'];
const anyVersion = fc.constantFrom('v1.2.3', 'v1.3.0', 'v9', ...others);
const anyForce = fc.constantFrom({}, { force: true });

const anyCommand: fc.Arbitrary<Input> = fc.oneof(
  fc
    .record({ candidate: fc.integer({ min: -10, max: 120 }) })
    .map((weights): Input => ({ kind: 'set-weights', weights, ...by })),
  fc
    .tuple(anyVersion, fc.integer({ min: 0, max: 100 }))
    .map(([version, weight]): Input => ({ kind: 'set-weights', weights: { [version]: weight }, ...by })),
  fc
    .tuple(fc.constantFrom(...others), fc.constantFrom({}, { plan: PLAN }), anyForce)
    .map(([version, plan, force]): Input => {
      return { kind: 'start', candidate: { version, url }, ...plan, ...force, ...by };
    }),
  fc
    .tuple(fc.constantFrom('pause', 'resume', 'advance', 'promote'), anyForce)
    .map(([kind, force]): Input => ({ kind, ...force, ...by })),
  fc.option(anyVersion, { nil: undefined }).map((to): Input => ({ kind: 'roll-back', ...(to && { to }), ...by })),
  fc.tuple(anyVersion, anyForce).map(([version, force]): Input => ({ kind: 'switch', version, ...force, ...by })),
  fc.constantFrom(...others).map((version): Input => ({ kind: 'register', release: { version, url }, ...by })),
  fc.boolean().map((enabled): Input => ({ kind: 'set-automation', enabled, ...by })),
);

const declarations = [
  DECLARATION,
  { ...DECLARATION, plan: PLAN },
  { ...DECLARATION, share: 2000 },
  { ...DECLARATION, candidate: null },
  { ...DECLARATION, candidate: { version: 'v1.4.0', url } },
  { ...DECLARATION, stable: CANDIDATE_RELEASE, candidate: null },
  { ...DECLARATION, stable: CANDIDATE_RELEASE, candidate: { version: 'v1.4.0', url }, plan: PLAN },
];
const anyDeclaration: fc.Arbitrary<Input> = fc
  .tuple(fc.constantFrom(...declarations), fc.boolean())
  .map(([declaration, lapsed]): Input => ({ kind: 'declare', declaration, lapsed }));

/** What happens without a person and without a change to the file. */
const anyOfWeirsOwn: fc.Arbitrary<Input> = fc.oneof(
  fc.constant<Input>({ kind: 'verdict', verdict: UNHEALTHY, traceIds: [] }),
  fc.constant<Input>({ kind: 'judge-failed', message: 'boom' }),
  fc
    .constantFrom('begin', 'planned-step', 'planned-promotion', 'end-bake')
    .map((kind): Input => ({ kind, reason: '' })),
  fc
    .constantFrom('split-published', 'in-flight-drained', 'verified')
    .map((progress): Input => ({ kind: 'progress', progress, reason: '' })),
  fc.constant<Input>({ kind: 'withdraw-raise', share: 100, reason: 'disk full' }),
  fc.constant<Input>({ kind: 'configure', reason: 'guards' }),
);

const anyInput = fc.oneof(
  { weight: 5, arbitrary: anyCommand },
  { weight: 2, arbitrary: anyDeclaration },
  { weight: 4, arbitrary: anyOfWeirsOwn },
);
const anyPolicy = fc.record({
  allowForce: fc.boolean(),
  checksDeclared: fc.boolean(),
  keepReleases: fc.integer({ min: 1, max: 3 }),
});

const RUNS = { numRuns: 300 };

interface Told {
  readonly rollout: Rollout;
  readonly events: readonly RolloutEvent[];
}

/** Lets everything happen, a minute apart; refused inputs are left out. */
function played(
  inputs: readonly Input[],
  policy: object,
  from = blankRollout(DECLARATION, NOW_MS),
  look: (told: Told, input: Input) => void = () => {},
): Rollout {
  let rollout = from;
  for (const [index, input] of inputs.entries()) {
    const circumstances: Circumstances = {
      service: 'checkout',
      nowMs: NOW_MS + index * 60_000,
      transactionId: `t${index}`,
      policy: { ...POLICY, ...policy },
    };
    const result = act(rollout, input, circumstances);
    if ('refusal' in result) continue;
    rollout = result.rollout;
    look(result, input);
  }
  return rollout;
}

describe('any sequence of inputs', () => {
  it('keeps two sides that differ, and weights that sum to 100', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 40 }), anyPolicy, (inputs, policy) => {
        played(inputs, policy, undefined, ({ rollout, events }) => {
          const { stable, candidate } = sidesOf(rollout);
          expect(candidate?.version).not.toBe(stable.version);
          expect(shareOf(rollout)).toBeGreaterThanOrEqual(0);
          expect(shareOf(rollout)).toBeLessThanOrEqual(FULL_SHARE);
          if (shareOf(rollout) > 0) expect(candidate).not.toBeNull();
          for (const { weights } of events) expect(weights.after.stable + weights.after.candidate).toBe(100);
        });
      }),
      RUNS,
    );
  });

  it('replays from the journal to exactly the same state, from its beginning and from any later line', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 40 }), anyPolicy, fc.nat(), (inputs, policy, cut) => {
        const events: RolloutEvent[] = [];
        const rollout = played(inputs, policy, undefined, (told) => events.push(...told.events));
        const read = (lines: readonly RolloutEvent[]) =>
          readEvents(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
        const whole = read(events);
        expect(whole.mistake).toBeNull();
        expect(whole.events.reduce(fold, blankRollout(DECLARATION, NOW_MS))).toEqual(rollout);
        if (events.length === 0) return;
        const later = read(events.slice(cut % events.length)).events.reduce(fold, blankRollout(DECLARATION, NOW_MS));
        expect([later.phase, shareOf(later), sidesOf(later)]).toEqual([
          rollout.phase,
          shareOf(rollout),
          sidesOf(rollout),
        ]);
        expect([later.releases, later.automation, later.revision]).toEqual([
          rollout.releases,
          rollout.automation,
          rollout.revision,
        ]);
      }),
      RUNS,
    );
  });

  it('lets a person reach 0 % from wherever it leads, at once, frozen or not', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 40 }), anyPolicy, (inputs, policy) => {
        const rollout = played(inputs, policy);
        const { candidate } = sidesOf(rollout);
        if (candidate === null) return;
        const rolledBack = played([{ kind: 'roll-back', ...by }], policy, rollout);
        expect([rolledBack.phase, shareOf(rolledBack)]).toEqual(['rolled-back', 0]);
        const lowered = played([{ kind: 'set-weights', weights: { [candidate.version]: 0 }, ...by }], policy, rollout);
        expect(shareOf(lowered)).toBe(0);
      }),
      RUNS,
    );
  });

  it('leads to no phase that a new candidate cannot leave, once automation is on', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 40 }), anyPolicy, (inputs, policy) => {
        const candidate = { version: 'v2.0.0', url };
        const on: Input = { kind: 'set-automation', enabled: true, ...by };
        const left = played([on, { kind: 'start', candidate, plan: PLAN, ...by }], policy, played(inputs, policy));
        expect(left).toMatchObject({ phase: 'shifting', candidate, step: 0 });
      }),
      RUNS,
    );
  });

  it('undoes a rollback only by a command or a changed file', () => {
    fc.assert(
      fc.property(
        fc.array(anyInput, { maxLength: 30 }),
        fc.array(anyOfWeirsOwn),
        anyPolicy,
        (inputs, later, policy) => {
          const before = played([...inputs, { kind: 'roll-back', ...by }], policy);
          if (before.phase !== 'rolled-back') return;
          const again: Input = { kind: 'declare', declaration: before.declared, lapsed: true };
          const after = played([...later, again, ...later], policy, before);
          expect(after).toMatchObject({ phase: 'rolled-back', reason: before.reason, reasons: before.reasons });
        },
      ),
    );
  });

  it('gives a candidate more only by a command, the file or the plan, and nothing of these while frozen but by force', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 40 }), anyPolicy, (inputs, policy) => {
        let before = blankRollout(DECLARATION, NOW_MS);
        played(inputs, policy, before, ({ rollout }, input) => {
          const [was, is] = [sidesOf(before).candidate?.version, sidesOf(rollout).candidate?.version];
          const isMore = shareOf(rollout) > (was === is ? shareOf(before) : 0);
          const isFrozen = before.automation.state === 'frozen' && rollout.automation.state === 'frozen';
          if (isMore && isFrozen) {
            expect(input.kind === 'declare' || ('force' in input && policy.allowForce)).toBe(true);
            // The file may move a weight that is in force already, and never begins anything.
            if (input.kind === 'declare') expect(shareOf(before)).toBeGreaterThan(0);
          }
          before = rollout;
        });
      }),
      RUNS,
    );
  });
});
