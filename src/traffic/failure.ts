import type { Outcome } from '../model/outcome.ts';
import { Fault } from './wire/fault.ts';

/**
 * The one place that knows Node's error codes: what went wrong before the answer's head was complete, in our words.
 * Whatever keeps a connection from being made, TLS's objections included, is a refusal.
 */
export function outcomeOf(errorCode: string, wasConnected: boolean): Outcome {
  switch (errorCode) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
      return 'unresolved';
    case 'ETIMEDOUT':
      return 'timed-out';
    // What we lack ourselves (sockets, ports, memory) says nothing about the upstream.
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
    case 'ENOMEM':
    case 'EADDRNOTAVAIL':
      return 'refused-here';
    default:
      return wasConnected ? 'reset' : 'refused';
  }
}

/** What the client is told when the upstream failed before its head was complete. */
export function faultOf(outcome: Outcome): Fault {
  switch (outcome) {
    case 'refused':
      return Fault.upstreamRefused;
    case 'unresolved':
      return Fault.upstreamUnresolved;
    case 'malformed':
      return Fault.malformedAnswer;
    case 'timed-out':
      return Fault.upstreamTimedOut;
    case 'refused-here':
      return Fault.upstreamBusy;
    case 'answered':
    case 'client-left':
    case 'cut-short':
    case 'poison':
    case 'reset':
      return Fault.upstreamReset;
  }
}
