import type { Exchange, Outcome } from '../model/outcome.ts';
import type { Refusal } from '../model/tally.ts';
import type { SideIndex } from '../model/upstream.ts';
import type { Clock } from '../support/clock.ts';
import type { Random } from '../support/random.ts';
import type { AnswerTools, Sink } from './answer-owner.ts';
import type { Pool } from './pool.ts';
import type { Route } from './route.ts';
import type { Shield } from './shield.ts';
import type { Routing, Table } from './table.ts';
import type { UpstreamConnection } from './upstream-connection.ts';
import type { Fault } from './wire/fault.ts';
import { Slab } from './slab.ts';
import { HeadFacts } from './wire/head.ts';
import { ANSWER_NAMES, createNameTable, REQUEST_NAMES } from './wire/names.ts';
import type { NameTable } from './wire/names.ts';
import { AnswerAdditions } from './wire/write-answer.ts';
import { RequestAdditions } from './wire/write-request.ts';

/** What the data path reports; implemented by `health/observe`. Each exchange is settled exactly once. */
export interface Observe {
  dispatched(exchange: Exchange, nowMs: number): void;
  headed(exchange: Exchange, nowMs: number): void;
  settled(exchange: Exchange, outcome: Outcome, nowMs: number): void;
  inFlight(side: SideIndex): number;
  /** A failed candidate request is replayed on stable. */
  shielded(): void;
  /** A request was answered here and never dispatched. */
  refused(why: Refusal): void;
}

export interface Timeouts {
  readonly connectMs: number;
  readonly headMs: number;
  readonly bodyMs: number;
  readonly requestHeadMs: number;
  readonly keepAliveMs: number;
}

export interface Limits {
  readonly headBytes: number;
  readonly connections: number;
  /** Requests under way per upstream. */
  readonly inFlight: number;
}

/**
 * Everything that all connections share, prepared at start-up. The scanners' facts are valid only within one
 * callback: a head is read, routed and written in one go.
 */
export interface Plane extends AnswerTools {
  readonly table: Table;
  readonly route: Route;
  readonly observe: Observe;
  readonly clock: Clock;
  readonly random: Random;
  /** Replaced whole when the configuration changes. */
  timeouts: Timeouts;
  /** Replaced whole when the configuration changes. */
  limits: Limits;
  /** Null when it is off. */
  readonly shield: Shield | null;
  /** For what must stay at hand until the answer comes: requests' heads. */
  readonly headSlab: Slab;
  /** Clients' sockets read into this one, one after the other. */
  readonly readBuffer: Buffer;
  readonly requestFacts: HeadFacts;
  readonly requestNames: NameTable;
  readonly requestAdditions: RequestAdditions;
  /** The last sweep's time, for deadlines; monotonic. */
  nowMs: number;
  /** Draining or overloaded: answers close their connections. */
  isClosing: boolean;
  /** The event loop is too late for new requests. */
  isOverloaded: boolean;
}

/** What the composition root gives; the rest is prepared from it. */
export interface PlaneParts extends Pick<
  Plane,
  'table' | 'route' | 'observe' | 'shield' | 'clock' | 'random' | 'timeouts'
> {
  /** Two field names whose values the route wants to see; '' for none. */
  readonly watched: readonly string[];
  readonly limits: Limits & { readonly headers: number };
}

export function createPlane({ watched, ...parts }: PlaneParts): Plane {
  const { headers } = parts.limits;
  return {
    ...parts,
    headSlab: new Slab(HEAD_SLAB_BYTES),
    slab: new Slab(SLAB_BYTES),
    readBuffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
    requestFacts: new HeadFacts(headers),
    requestNames: createNameTable(REQUEST_NAMES, watched),
    requestAdditions: new RequestAdditions(),
    answerFacts: new HeadFacts(ANSWER_FIELDS),
    answerNames: createNameTable(ANSWER_NAMES),
    answerAdditions: new AnswerAdditions(),
    nowMs: parts.clock.monotonicMs(),
    isClosing: false,
    isOverloaded: false,
  };
}

const READ_BUFFER_BYTES = 64 * 1024;
const HEAD_SLAB_BYTES = 64 * 1024;
/** A head of the largest size and a full read behind it fit. */
const SLAB_BYTES = 192 * 1024;

/** Header lines of an answer; its bytes are limited too. */
const ANSWER_FIELDS = 1000;

/** Where requests to one side go at present. */
export function poolFor(routing: Routing, side: SideIndex): Pool {
  return side === 0 || routing.candidate === null ? routing.stable : routing.candidate;
}

/** The client's side of an exchange: implemented by `connection`. */
export interface ClientSide extends Sink {
  /** When to give up waiting, on the monotonic clock. */
  deadlineMs: number;
  /** Its FIN has come: it will say no more, and may or may not still listen. */
  readonly hasEnded: boolean;
  stopReading(): void;
  goOnReading(): void;
  /** An answer made here, for which the exchange is over. */
  answerLocally(fault: Fault, closes: boolean): void;
  /** The answer is complete. */
  exchangeOver(keeps: boolean): void;
  /** The exchange is over, and so is HTTP on both connections. */
  handOver(upstream: UpstreamConnection, exchange: Exchange): void;
  /** Ends the connection so that the client sees that its answer is not whole: where a FIN would pass for its end, by a reset. */
  cut(isEndVisible: boolean): void;
}
