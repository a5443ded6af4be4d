import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { EventSchema } from '../../src/admin/openapi/event.ts';
import type {
  ExplanationSchema,
  HistorySchema,
  ProblemSchema,
  ReleasesSchema,
  WhoamiSchema,
} from '../../src/admin/openapi/answers.ts';
import { ANSWERS } from '../../src/admin/openapi/answers.ts';
import type { Explanation } from '../../src/admin/openapi/explain.ts';
import type { StatusSchema } from '../../src/admin/openapi/status.ts';
import type { Problem } from '../../src/admin/problems.ts';
import { releasesOf, statusOf } from '../../src/admin/views.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import type { HistoryView, ReleasesView, StatusView, WhoamiView } from '../../src/model/view.ts';
import { candidate, eventOf, fleetLook, idle, promoted, reason, rolledBack, shifting, snapshotOf } from './fixtures.ts';

/** A type as JSON can tell it: without `readonly`, every key with whether it is always there. */
type Plain<T> = T extends readonly (infer Item)[]
  ? readonly Plain<Item>[]
  : T extends object
    ? {
        readonly [Key in keyof T]-?: [
          Plain<Exclude<T[Key], undefined>>,
          object extends Pick<T, Key> ? 'perhaps' : 'always',
        ];
      }
    : T;

/** Identity, because mutual assignability is content with less. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- that the two are generic is what makes it identity
type IsSame<A, B> = (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;

/** Does not compile unless what is documented has exactly the type of what is answered. */
const DOCUMENTED: {
  readonly status: IsSame<z.output<typeof StatusSchema>, StatusView>;
  readonly event: IsSame<z.output<typeof EventSchema>, RolloutEvent>;
  readonly history: IsSame<z.output<typeof HistorySchema>, HistoryView>;
  readonly releases: IsSame<z.output<typeof ReleasesSchema>, ReleasesView>;
  readonly whoami: IsSame<z.output<typeof WhoamiSchema>, WhoamiView>;
  readonly problem: IsSame<z.output<typeof ProblemSchema>, Problem>;
  readonly explanation: IsSame<z.output<typeof ExplanationSchema>, Explanation>;
} = { status: true, event: true, history: true, releases: true, whoami: true, problem: true, explanation: true };

describe('the documented answers', () => {
  it('have the types of the answers (checked by the compiler)', () => {
    expect(Object.values(DOCUMENTED)).not.toContain(false);
  });

  const verdict = { kind: 'unhealthy', reasons: [reason, { ...reason, measured: null, lnEvidence: -3.2 }] } as const;
  it.each([
    ['idle', snapshotOf(idle)],
    ['shifting', snapshotOf(shifting)],
    ['promoted', snapshotOf(promoted)],
    ['rolled back', snapshotOf(rolledBack)],
    ['with a share that is not yet on disk', snapshotOf(shifting, { share: 0 })],
    [
      'with everything that may be there',
      snapshotOf(
        {
          ...shifting,
          phase: 'paused',
          candidate,
          share: 500,
          step: 0,
          plan: [{ share: 500, holdMs: 1000, gate: 'http://gate/' }],
          automation: { state: 'frozen', reason: 'too many', rollbacksAtMs: [1] },
          declared: { stable: candidate, candidate: null, share: 0, plan: [{ share: 1, holdMs: 1, gate: null }] },
        },
        {
          verdict,
          waitingFor: { proof: { requests: 5, ms: null }, breach: { requests: 5, ms: 1.5 }, text: 't' },
          splitSuspicion: 'half of them',
          probes: { stable: null, candidate: { up: true, failures: 0, of: 5, passes: 3, last: '200' } },
          recording: { writable: false, error: 'ENOSPC', sinceMs: 0 },
          fleet: { ...fleetLook, obstacle: 'o', withdrawnHere: 'w', warning: 'x' },
        },
      ),
    ],
  ])('of a rollout that is %s are as documented', (_name, snapshot) => {
    expect(ANSWERS.Status.schema.parse(statusOf(snapshot))).toEqual(statusOf(snapshot));
    expect(ANSWERS.Releases.schema.parse(releasesOf(snapshot))).toEqual(releasesOf(snapshot));
  });

  it('are strict: a key that is not documented does not pass, at any depth', () => {
    const status = statusOf(snapshotOf(rolledBack));
    const isValid = (answer: unknown) => ANSWERS.Status.schema.safeParse(answer).success;
    expect(isValid(status)).toBe(true);
    expect(isValid({ ...status, more: 1 })).toBe(false);
    expect(isValid({ ...status, stable: { ...status.stable, more: 1 } })).toBe(false);
    expect(isValid({ ...status, verdict: { ...status.verdict, reasons: [{ ...reason, more: 1 }] } })).toBe(false);
    expect(ANSWERS.History.schema.safeParse({ events: [{ ...eventOf(1), more: 1 }] }).success).toBe(false);
  });
});
