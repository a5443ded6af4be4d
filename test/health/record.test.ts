import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJudge } from '../../src/health/judge.ts';
import { recordOf, rejudge } from '../../src/health/record.ts';
import type { Slot } from './observed.ts';
import { GUARDS, observedOf, SLOT_MS, steady } from './observed.ts';

const guards = { ...GUARDS, worseThanStable: 1.5 };
const slotsOf = fc
  .array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 })), { maxLength: 60 })
  .map((given) => given.map(([good, errors]): Slot => ({ requests: good + errors, errors, slow: good })));

describe('a recorded window', () => {
  it('is small: equal neighbours are written once', () => {
    const observed = observedOf([{ requests: 3 }, { requests: 3, errors: 2 }], steady({ requests: 50 }));
    const record = recordOf(guards, SLOT_MS, observed);
    expect(record.candidate).toEqual({ requests: '0*238,3*2', errors: '0*239,2', timed: '0*238,3*2', slow: '0*240' });
    expect(record.stable.requests).toBe('50*240');
  });

  it('leads to the same broken guards and the same evidence, after a way through JSON', () => {
    fc.assert(
      fc.property(slotsOf, slotsOf, (candidate, stable) => {
        const observed = observedOf(candidate, stable);
        const broken = createJudge(guards, SLOT_MS)
          .judge(observed)
          .reasons.filter(({ relation }) => relation === '>');
        const record = JSON.parse(JSON.stringify(recordOf(guards, SLOT_MS, observed)));
        expect(rejudge(record).reasons.filter(({ relation }) => relation === '>')).toEqual(broken);
      }),
    );
  });

  it('leads to the same verdict by the plain rule, slowness included', () => {
    const plain = { ...GUARDS, rule: 'plain' } as const;
    const record = recordOf(plain, SLOT_MS, observedOf(steady({ requests: 10, slow: 3 }, 5)));
    expect(rejudge(record)).toMatchObject({ kind: 'unhealthy', reasons: [{ relation: '<=' }, { relation: '>' }] });
  });

  it.each(['', '1,,2', '-1', '1*99999', '1e9', 'many'])('is not one when a row is %j', (row) => {
    const record = recordOf(guards, SLOT_MS, observedOf([]));
    expect(() => rejudge({ ...record, stable: { ...record.stable, errors: row } })).toThrow('not a row of slots');
  });
});
