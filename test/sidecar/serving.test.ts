import { expect, it } from 'vitest';
import { createServing } from '../../src/sidecar/serving.ts';

it('is ready from when everything is in force until it leaves', () => {
  const serving = createServing();
  expect(serving.read()).toEqual({ ready: false, reason: 'starting' });
  serving.begin();
  expect(serving.read()).toEqual({ ready: true, reason: 'ok' });
  expect(serving.leave()).toBe(true);
  expect(serving.read()).toEqual({ ready: false, reason: 'draining' });
});

it('leaves once, and does not come back', () => {
  const serving = createServing();
  serving.leave();
  serving.begin();
  expect(serving.leave()).toBe(false);
  expect(serving.read().ready).toBe(false);
});
