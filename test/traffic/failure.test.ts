import { describe, expect, it } from 'vitest';
import { OUTCOMES, isCounted } from '../../src/model/outcome.ts';
import { faultOf, outcomeOf } from '../../src/traffic/failure.ts';
import { FAULT_STATUS } from '../../src/traffic/wire/fault.ts';

describe('an error of Node’s', () => {
  it.each([
    ['ECONNREFUSED', false, 'refused'],
    ['EHOSTUNREACH', false, 'refused'],
    ['ENOENT', false, 'refused'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', false, 'refused'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false, 'refused'],
    ['ENOTFOUND', false, 'unresolved'],
    ['EAI_AGAIN', false, 'unresolved'],
    ['ETIMEDOUT', false, 'timed-out'],
    ['ETIMEDOUT', true, 'timed-out'],
    ['ECONNRESET', true, 'reset'],
    ['EPIPE', true, 'reset'],
    ['', true, 'reset'],
    ['', false, 'refused'],
  ])('%s (connected: %s) is %s', (code, wasConnected, outcome) => {
    expect(outcomeOf(code, wasConnected)).toBe(outcome);
  });

  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL'])(
    '%s is our own need, and counts for nobody',
    (code) => {
      expect(isCounted(outcomeOf(code, false))).toBe(false);
      expect(FAULT_STATUS[faultOf(outcomeOf(code, false))]).toBe(503);
    },
  );
});

describe('an outcome', () => {
  it.each(OUTCOMES)('%s is told to a client as 502, 503 or 504', (outcome) => {
    expect([502, 503, 504]).toContain(FAULT_STATUS[faultOf(outcome)]);
  });
});
