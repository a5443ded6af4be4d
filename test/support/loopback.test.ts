import { expect, it } from 'vitest';
import { isLoopback } from '../../src/support/loopback.ts';

it.each(['localhost', '::1', '[::1]', '127.0.0.1', '127.255.0.9'])('%s is this machine', (host) => {
  expect(isLoopback(host)).toBe(true);
});

it.each([
  '127.1',
  '127.0.0.256',
  '127.0.0.01',
  '127.0.0.1.example',
  'localhost.example',
  '[::ffff:127.0.0.1]',
  '10.0.0.1',
])('%s may be anybody, or nobody who means well', (host) => expect(isLoopback(host)).toBe(false));
