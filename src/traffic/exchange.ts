import type { Outcome } from '../model/outcome.ts';
import { Answer } from './answer.ts';
import type { AnswerOwner } from './answer-owner.ts';
import { Attempts } from './attempt.ts';
import { faultOf, outcomeOf } from './failure.ts';
import { isUpstreamLate, waitMsOf, type Waiting } from './patience.ts';
import type { ClientSide, Plane } from './plane.ts';
import type { Pool } from './pool.ts';
import { Outgoing } from './outgoing.ts';
import type { Choice } from './route.ts';
import type { Borrower } from './upstream-connection.ts';
import { Fault } from './wire/fault.ts';
import { Framing, type HeadFacts } from './wire/head.ts';
import { Name } from './wire/names.ts';
import { ConnectionLine } from './wire/write-answer.ts';
import { dateLine } from './date.ts';

const NO_LINES = Buffer.alloc(0);
const SHIELDED_LINE = Buffer.from('x-weir-shielded: 1\r\n');

/**
 * One exchange: a request on its way to an upstream and the answer on its way back, each at its own pace. One
 * object per client connection, reused.
 *
 *   begin ──▶ request up, answer down ──▶ over                    outcome: answered
 *     │            ├─ switched to another protocol ──▶ tunnel    answered with 101
 *     │            ├─ stale connection ──▶ once more, fresh       counts for nobody
 *     │            ├─ candidate failed ──▶ replayed on stable     counts against the candidate unless stable fails too
 *     │            ├─ failed before the head ──▶ 502/504          refused, reset, unresolved, malformed, timed-out
 *     │            ├─ failed inside the body ──▶ cut              cut-short, malformed, timed-out
 *     │            └─ client gone or silent ──▶ abandoned         client-left, refused-here
 *
 * `#settle` is the only way out, and is passed once.
 */
export class Exchange implements Borrower, AnswerOwner, Waiting {
  /** Whether it is under way; outside of that nothing here may be called but `begin`. */
  isActive = false;
  readonly #plane: Plane;
  readonly #client: ClientSide;
  readonly #peer: Buffer;
  readonly #outgoing = new Outgoing();
  readonly #answer: Answer;
  readonly #attempts: Attempts;
  /** To be added to the answer's head. */
  #lines: Buffer = NO_LINES;
  /** The client may send another request on its connection. Behind an upgrade may stand what is no request. */
  #keeps = true;
  #isHttp10 = false;
  isUpstreamPaused = false;
  isClientPaused = false;

  constructor(plane: Plane, client: ClientSide, peer: Buffer) {
    [this.#plane, this.#client, this.#peer] = [plane, client, peer];
    this.#answer = new Answer(plane, this, client);
    this.#attempts = new Attempts(plane.observe, plane.clock);
  }

  get isRequestOver(): boolean {
    return this.#outgoing.body.over;
  }

  get isHeaded(): boolean {
    return this.#answer.isHeaded;
  }

  get isConnected(): boolean {
    return this.#outgoing.isConnected;
  }

  get hasClientEnded(): boolean {
    return this.#client.hasEnded;
  }

  /** Sends a request on its way. Returns the position behind what belongs to it. */
  begin(choice: Choice, pool: Pool, bytes: Buffer, facts: HeadFacts, end: number): number {
    const plane = this.#plane;
    const outgoing = this.#outgoing;
    this.isActive = true;
    this.isUpstreamPaused = this.isClientPaused = false;
    this.#lines = choice.lines;
    this.#isHttp10 = facts.minorVersion === 0;
    plane.requestAdditions.peer = this.#peer;
    plane.requestAdditions.authority = pool.authority;
    this.#answer.begin(bytes, facts);
    const at = outgoing.begin(plane, choice, bytes, facts, end);
    this.#keeps = facts.persistent && !plane.requestAdditions.upgrade;
    this.#attempts.begin(choice.side, choice.forced, outgoing.traceBytes, outgoing.traceStart);
    outgoing.goTo(pool, this);
    return this.takeBody(bytes, at, end);
  }

  /** More of the request's body. Returns the position behind it. */
  takeBody(bytes: Buffer, start: number, end: number): number {
    const at = this.#outgoing.more(bytes, start, end);
    const { fault } = this.#outgoing.body;
    if (fault === Fault.none) this.#heed();
    else if (this.isHeaded) this.#cut('refused-here');
    else this.#leaveWith(fault, 'refused-here');
    return fault === Fault.none ? at : end;
  }

  /** Lets the client wait while the upstream has no room. */
  #heed(): void {
    const mustWait = !this.#outgoing.hasRoom && !this.isRequestOver;
    if (mustWait !== this.isClientPaused) {
      this.isClientPaused = mustWait;
      if (mustWait) this.#client.stopReading();
      else this.#client.goOnReading();
    }
    this.arm();
  }

  // What the upstream's connection tells.

  connected(): void {
    this.arm();
  }

  received(bytes: Buffer, end: number): boolean {
    const hasRoom = this.#answer.received(bytes, end);
    if (!this.isActive) return true;
    this.isUpstreamPaused = !hasRoom;
    // A head that drips has no more time than one that comes at once.
    if (this.isHeaded) this.arm();
    return hasRoom;
  }

  drained(): void {
    this.#outgoing.hasRoom = true;
    this.#heed();
  }

  ended(): void {
    return this.#answer.endsWithConnection() ? this.over() : this.lost(null);
  }

  lost(error: NodeJS.ErrnoException | null): void {
    if (this.isHeaded) this.#cut('cut-short');
    else this.#fail(outcomeOf(error?.code ?? '', this.isConnected));
  }

  // What the answer tells.

  headed(facts: HeadFacts): boolean {
    this.#attempts.headed(facts.status);
    return !(facts.status >= 500 && this.#replay('answered'));
  }

  connectionLine(framing: Framing): ConnectionLine {
    // An answer before the request is complete ends the connection: what is left of the body is never read as a request.
    this.#keeps &&= this.isRequestOver && framing !== Framing.untilClose && !this.#plane.isClosing;
    if (!this.#keeps) return ConnectionLine.close;
    return this.#isHttp10 ? ConnectionLine.keepAlive : ConnectionLine.none;
  }

  linesFor(facts: HeadFacts): Buffer {
    const date = facts.has(Name.date) ? NO_LINES : dateLine(this.#plane.clock);
    const mark = this.#attempts.isReplay && this.#plane.shield?.mark === true ? SHIELDED_LINE : NO_LINES;
    if (this.#lines.length === 0 && mark.length === 0) return date;
    return Buffer.concat([date, this.#lines, mark]);
  }

  over(): void {
    const { isReusable, keepAliveSeconds } = this.#answer;
    if (isReusable && this.isRequestOver) this.#outgoing.giveBack(this.#plane.nowMs, keepAliveSeconds);
    else this.#outgoing.drop();
    this.#settle('answered');
    this.#client.exchangeOver(this.#keeps);
  }

  switched(facts: HeadFacts): void {
    this.#attempts.headed(facts.status);
    this.#settle('answered');
    this.#client.handOver(this.#outgoing.release(), this.#attempts.present);
  }

  malformed(): void {
    if (this.isHeaded) this.#cut('malformed');
    else this.#fail('malformed');
  }

  // What the client's connection tells.

  /** There is room again for more of the answer. */
  clientDrained(): void {
    if (!this.isActive || !this.isUpstreamPaused) return;
    this.isUpstreamPaused = false;
    this.#outgoing.resume();
    this.arm();
  }

  abandon(): void {
    this.#outgoing.drop();
    this.#settle('client-left');
  }

  /** The deadline has passed. */
  expire(): void {
    const isLate = isUpstreamLate(this);
    if (this.isHeaded || this.hasClientEnded) this.#cut(isLate ? 'timed-out' : 'client-left');
    else if (isLate) this.#fail('timed-out');
    else this.#leaveWith(Fault.requestTimeout, 'client-left');
  }

  /** What is waited for may have changed. */
  arm(): void {
    if (this.isActive) this.#client.deadlineMs = this.#plane.nowMs + waitMsOf(this, this.#plane.timeouts);
  }

  /** The upstream failed before its head was complete, so nothing is lost yet. */
  #fail(outcome: Outcome): void {
    if (outcome === 'reset' && !this.#answer.hasBytes && this.#outgoing.retry(this)) this.#heed();
    else if (!this.#replay(outcome)) this.#leaveWith(faultOf(outcome), outcome);
  }

  /** The candidate failed: asks stable, if the shield covers this request and nothing has reached the client. */
  #replay(failure: Outcome): boolean {
    const { shield, table } = this.#plane;
    if (shield === null || this.#attempts.isReplay || !this.#outgoing.isReplayable) return false;
    if (this.#answer.isBegun || !shield.spend()) return false;
    this.#outgoing.drop();
    this.#attempts.replay(failure);
    this.#answer.again();
    this.#outgoing.goTo(table.read().stable, this);
    this.#heed();
    return true;
  }

  #leaveWith(fault: Fault, outcome: Outcome): void {
    this.#outgoing.drop();
    const closes = !this.#keeps || !this.isRequestOver || this.#plane.isClosing;
    this.#settle(outcome);
    this.#client.answerLocally(fault, closes);
  }

  #cut(outcome: Outcome): void {
    this.#outgoing.drop();
    this.#settle(outcome);
    this.#client.cut(this.#answer.isEndVisible);
  }

  #settle(outcome: Outcome): void {
    this.isActive = false;
    this.#attempts.settle(outcome);
    // An idle connection must not keep alive the memory that its last exchange passed through.
    this.#outgoing.forget();
    this.#answer.again();
    this.#lines = NO_LINES;
  }
}
