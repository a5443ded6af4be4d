import { expect, it } from 'vitest';
import { CANDIDATE, STABLE } from '../../src/model/upstream.ts';
import { createFailureLog } from '../../src/tell/failures.ts';
import { exchangeAt } from '../health/exchange.ts';
import { recordedLog } from '../log-lines.ts';

it('the log names the first failed request of each kind in each second, and counts the others', () => {
  const { log, lines } = recordedLog();
  const failed = createFailureLog(log);
  failed(exchangeAt(0, { side: CANDIDATE, status: 500, traceId: 'a' }), 'answered', 10);
  failed(exchangeAt(0, { side: CANDIDATE, status: 500, traceId: 'b' }), 'answered', 20);
  failed(exchangeAt(0, { side: CANDIDATE, status: 503, traceId: 'c' }), 'answered', 30);
  failed(exchangeAt(0, { side: STABLE, traceId: 'd' }), 'refused', 40);
  failed(exchangeAt(990, { side: CANDIDATE, status: 500, traceId: 'e' }), 'answered', 1010);
  expect(lines.map(({ fields }) => fields)).toEqual([
    { upstream: 'candidate', outcome: 'answered', status: 500, traceId: 'a', tookMs: 10, unsaid: 0 },
    { upstream: 'candidate', outcome: 'answered', status: 503, traceId: 'c', tookMs: 30, unsaid: 0 },
    { upstream: 'stable', outcome: 'refused', status: 0, traceId: 'd', tookMs: 40, unsaid: 0 },
    { upstream: 'candidate', outcome: 'answered', status: 500, traceId: 'e', tookMs: 20, unsaid: 1 },
  ]);
});
