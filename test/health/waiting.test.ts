import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWaiting } from '../../src/health/waiting.ts';
import type { Exchange } from '../../src/model/outcome.ts';
import { exchangeAt } from './exchange.ts';

describe('the list of exchanges that wait', () => {
  it('keeps the order of dispatch, whoever leaves, and lets go of those that left', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(-1), fc.nat({ max: 30 })), { maxLength: 60 }), (steps) => {
        const waiting = createWaiting();
        const all: Exchange[] = [];
        let model: Exchange[] = [];
        for (const step of steps) {
          const target = all[step];
          if (step < 0) {
            const exchange = exchangeAt(all.length);
            waiting.append(exchange);
            all.push(exchange);
            model.push(exchange);
          } else if (target !== undefined) {
            expect(waiting.remove(target)).toBe(model.includes(target));
            model = model.filter((exchange) => exchange !== target);
            expect([target.older, target.newer]).toEqual([null, null]);
          }
          const listed: Exchange[] = [];
          for (let exchange = waiting.oldest(); exchange !== null; exchange = exchange.newer) listed.push(exchange);
          expect(listed.map(({ dispatchedAtMs }) => dispatchedAtMs)).toEqual(
            model.map(({ dispatchedAtMs }) => dispatchedAtMs),
          );
        }
        waiting.clear();
        expect(waiting.oldest()).toBeNull();
        expect(all.every(({ older, newer }) => older === null && newer === null)).toBe(true);
      }),
    );
  });
});
