import type { Exchange, Outcome } from '../model/outcome.ts';
import { isFailure } from '../model/outcome.ts';
import type { SideIndex } from '../model/upstream.ts';
import { STABLE } from '../model/upstream.ts';
import type { Clock } from '../support/clock.ts';
import type { Observe } from './plane.ts';

/** Where the trace id stands in a traceparent (W3C Trace Context 3.2.2). */
const TRACE_ID_START = 3;
const TRACE_ID_END = 35;

/** One try of an exchange at one upstream, as `health/observe` counts it. Reused from request to request. */
class Attempt implements Exchange {
  side: SideIndex = STABLE;
  forced = false;
  dispatchedAtMs = 0;
  headAtMs = 0;
  status = 0;
  slot = 0;
  epoch = 0;
  countedSlow = false;
  older: Exchange | null = null;
  newer: Exchange | null = null;
  /** Holds the traceparent, and is written to by nobody any more. */
  traceBytes: Buffer | null = null;
  traceStart = 0;

  begin(side: SideIndex, forced: boolean, nowMs: number): void {
    this.side = side;
    this.forced = forced;
    this.dispatchedAtMs = nowMs;
    this.headAtMs = 0;
    this.status = 0;
  }

  /** Made into a string only when somebody asks, which is when a request failed. */
  get traceId(): string {
    const { traceBytes, traceStart } = this;
    if (traceBytes === null) return '';
    return traceBytes.toString('latin1', traceStart + TRACE_ID_START, traceStart + TRACE_ID_END);
  }
}

/**
 * What is reported of one exchange: one attempt, or two when the candidate failed and stable was asked. Every
 * attempt is dispatched and settled exactly once.
 */
export class Attempts {
  readonly #observe: Observe;
  readonly #clock: Clock;
  readonly #first = new Attempt();
  /** The replay's, made when there is one. */
  #second: Attempt | null = null;
  #present = this.#first;
  /** How the candidate failed, while its request is being replayed on stable. */
  #failure: Outcome | null = null;

  constructor(observe: Observe, clock: Clock) {
    this.#observe = observe;
    this.#clock = clock;
  }

  /** The one that is under way, or was last. */
  get present(): Exchange {
    return this.#present;
  }

  get isReplay(): boolean {
    return this.#failure !== null;
  }

  begin(side: SideIndex, forced: boolean, traceBytes: Buffer, traceStart: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#present = this.#first;
    this.#failure = null;
    this.#first.traceBytes = traceBytes;
    this.#first.traceStart = traceStart;
    this.#first.begin(side, forced, nowMs);
    this.#observe.dispatched(this.#first, nowMs);
  }

  headed(status: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#present.status = status;
    this.#present.headAtMs = nowMs;
    this.#observe.headed(this.#present, nowMs);
  }

  /** The candidate failed and stable is asked instead, which is no evidence about stable. */
  replay(failure: Outcome): void {
    const nowMs = this.#clock.monotonicMs();
    this.#failure = failure;
    this.#second ??= new Attempt();
    this.#present = this.#second;
    this.#present.begin(STABLE, true, nowMs);
    this.#observe.shielded();
    this.#observe.dispatched(this.#present, nowMs);
  }

  settle(outcome: Outcome): void {
    // Behind a head nobody asks how long it took to the end, and reading the clock costs as much as all the counting.
    const nowMs = this.#present.headAtMs === 0 || this.isReplay ? this.#clock.monotonicMs() : this.#present.headAtMs;
    if (this.#failure !== null) {
      // A request that stable cannot answer either proves nothing about the candidate.
      const isPoison = isFailure(outcome, this.#present.status);
      this.#observe.settled(this.#first, isPoison ? 'poison' : this.#failure, nowMs);
    }
    this.#observe.settled(this.#present, outcome, nowMs);
    this.#first.traceBytes = null;
  }
}
