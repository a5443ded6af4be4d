import type { Outcome } from '../model/outcome.ts';
import { CANDIDATE } from '../model/upstream.ts';
import { Answer } from './answer.ts';
import type { AnswerOwner } from './answer.ts';
import { Attempts } from './attempt.ts';
import { faultOf, outcomeOf } from './failure.ts';
import type { ClientSide, Plane } from './plane.ts';
import type { Pool } from './pool.ts';
import { Outgoing } from './outgoing.ts';
import type { Choice } from './route.ts';
import type { Borrower, UpstreamConnection } from './upstream-connection.ts';
import { Fault } from './wire/fault.ts';
import type { HeadFacts } from './wire/head.ts';
import { Framing, Method, Trace } from './wire/head.ts';
import { Name } from './wire/names.ts';
import { ConnectionLine } from './wire/write-answer.ts';
import { dateLine } from './date.ts';
import { freshTraceparent } from './trace.ts';

const NO_LINES = Buffer.alloc(0);
const SHIELDED_LINE = Buffer.from('x-weir-shielded: 1\r\n');

/**
 * One exchange: a request on its way to an upstream and the answer on its way back, each at its own pace. One
 * object per client connection, reused.
 *
 *   begin ──▶ request up, answer down ──▶ over                    outcome: answered
 *     │            ├─ stale connection ──▶ once more, fresh       counts for nobody
 *     │            ├─ candidate failed ──▶ replayed on stable     counts against the candidate unless stable fails too
 *     │            ├─ failed before the head ──▶ 502/504          refused, reset, unresolved, malformed, timed-out
 *     │            ├─ failed inside the body ──▶ cut              cut-short, malformed, timed-out
 *     │            └─ client gone or silent ──▶ abandoned         client-left, refused-here
 *
 * `#settle` is the only way out, and is passed once.
 */
export class Exchange implements Borrower, AnswerOwner {
  /** Whether it is under way; outside of that nothing here may be called but `begin`. */
  isActive = false;
  readonly #plane: Plane;
  readonly #client: ClientSide;
  readonly #outgoing = new Outgoing();
  readonly #answer: Answer;
  readonly #attempts: Attempts;
  #pool: Pool | null = null;
  #upstream: UpstreamConnection | null = null;
  #isShieldable = false;
  #wasRetried = false;
  /** To be added to the answer's head. */
  #lines: Buffer = NO_LINES;
  /** The client may send another request on its connection after this one. */
  #keeps = true;
  #isHttp10 = false;
  /** The client has no room, so the upstream is not read. */
  #isUpstreamPaused = false;
  /** The upstream has no room, so the client is not read. */
  #isClientPaused = false;

  constructor(plane: Plane, client: ClientSide) {
    this.#plane = plane;
    this.#client = client;
    this.#answer = new Answer(plane, this);
    this.#attempts = new Attempts(plane.observe, plane.clock);
  }

  /** Whether all of the request has been read from the client. */
  get isRequestOver(): boolean {
    return this.#outgoing.body.over;
  }

  /** Sends a request on its way. Returns the position behind what belongs to it. */
  begin(choice: Choice, pool: Pool, bytes: Buffer, facts: HeadFacts, end: number): number {
    const { shield, requestAdditions: additions, slab, random } = this.#plane;
    const isCandidate = choice.side === CANDIDATE && !choice.forced;
    this.isActive = true;
    this.#pool = pool;
    this.#wasRetried = this.#isUpstreamPaused = this.#isClientPaused = false;
    this.#lines = choice.lines;
    this.#isHttp10 = facts.minorVersion === 0;
    this.#keeps = facts.persistent;
    this.#isShieldable = isCandidate && shield !== null && shield.covers(facts.method, facts.has(Name.idempotencyKey));

    additions.peer = this.#client.peer;
    additions.authority = pool.authority;
    const isTraced = facts.trace === Trace.valid;
    if (!isTraced) additions.traceparent = freshTraceparent(slab, random);
    this.#answer.begin(facts.method === Method.head, facts.minorVersion, facts.expectsContinue);
    const keepsBytes = this.#isShieldable ? shield!.bodyLimitBytes : 0;
    const at = this.#outgoing.begin(slab, bytes, facts, additions, end, keepsBytes);

    this.#attempts.begin(
      choice.side,
      choice.forced,
      isTraced ? bytes : additions.traceparent,
      isTraced ? facts.traceStart : 0,
    );
    if (isCandidate) shield?.earn();
    this.#lend(pool.lend(this));
    return this.takeBody(bytes, at, end);
  }

  /** More of the request's body. Returns the position behind it. */
  takeBody(bytes: Buffer, start: number, end: number): number {
    const { body } = this.#outgoing;
    const at = this.#outgoing.more(this.#upstream, bytes, start, end);
    if (body.fault !== Fault.none) {
      this.#spoilt(body.fault);
      return end;
    }
    this.#heed();
    return at;
  }

  #lend(upstream: UpstreamConnection): void {
    this.#upstream = upstream;
    this.#outgoing.sendTo(upstream);
    this.#heed();
  }

  /** Lets the client wait while the upstream has no room. */
  #heed(): void {
    if (!this.#outgoing.hasRoom && !this.isRequestOver) {
      this.#isClientPaused = true;
      this.#client.stopReading();
    }
    this.#arm();
  }

  // What the upstream's connection tells.

  connected(): void {
    this.#arm();
  }

  received(bytes: Buffer, end: number): boolean {
    const hasRoom = this.#answer.received(bytes, end);
    if (!this.isActive) return true;
    this.#isUpstreamPaused = !hasRoom;
    this.#arm();
    return hasRoom;
  }

  drained(): void {
    if (!this.#isClientPaused) return;
    this.#isClientPaused = false;
    this.#client.goOnReading();
    this.#arm();
  }

  ended(): void {
    if (this.#answer.endsWithConnection()) this.over();
    else {
      this.#upstream?.destroy();
      this.lost(null);
    }
  }

  lost(error: NodeJS.ErrnoException | null): void {
    if (this.#answer.isHeaded) this.#cut('cut-short');
    else this.#fail(outcomeOf(error?.code, this.#upstream?.isConnected ?? false));
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
    if (this.#lines === NO_LINES && mark === NO_LINES) return date;
    return Buffer.concat([date, this.#lines, mark]);
  }

  send(bytes: Buffer): boolean {
    return this.#client.send(bytes);
  }

  over(): void {
    const answer = this.#answer;
    const upstream = this.#upstream;
    this.#upstream = null;
    if (answer.isReusable && this.isRequestOver)
      this.#pool?.giveBack(upstream!, this.#plane.nowMs, answer.keepAliveSeconds);
    else upstream?.destroy();
    this.#settle('answered');
    this.#client.exchangeOver(this.#keeps);
  }

  malformed(): void {
    if (this.#answer.isHeaded) this.#cut('malformed');
    else this.#fail('malformed');
  }

  // What the client's connection tells.

  /** There is room again for more of the answer. */
  clientDrained(): void {
    if (!this.#isUpstreamPaused) return;
    this.#isUpstreamPaused = false;
    this.#upstream?.resume();
    this.#arm();
  }

  /** The client went away. */
  abandon(): void {
    this.#drop();
    this.#settle('client-left');
  }

  /** The deadline has passed: who was being waited for? */
  expire(): void {
    const isAnswering = this.#answer.isHeaded;
    if (isAnswering && !this.#isUpstreamPaused && this.isRequestOver) this.#cut('timed-out');
    else if (isAnswering) this.#cut('client-left');
    else if (this.isRequestOver || this.#isClientPaused || this.#upstream?.isConnected !== true)
      this.#fail('timed-out');
    else this.#leaveWith(Fault.requestTimeout, 'client-left');
  }

  /** Arms the deadline of what is being waited for now. */
  #arm(): void {
    if (!this.isActive) return;
    const { timeouts, nowMs } = this.#plane;
    let waitMs = timeouts.bodyMs;
    if (this.#upstream?.isConnected !== true) waitMs = timeouts.connectMs;
    else if (this.isRequestOver && !this.#answer.isHeaded) waitMs = timeouts.headMs;
    this.#client.deadlineMs = nowMs + waitMs;
  }

  /** The request's body is not what its head promised. */
  #spoilt(fault: Fault): void {
    if (this.#answer.isHeaded) this.#cut('refused-here');
    else this.#leaveWith(fault, 'refused-here');
  }

  /** The upstream failed before its head was complete, so nothing is lost yet. */
  #fail(outcome: Outcome): void {
    const upstream = this.#upstream;
    this.#drop();
    if (outcome === 'reset' && upstream !== null && upstream.uses > 0 && this.#retry()) return;
    if (this.#replay(outcome)) return;
    this.#leaveWith(faultOf(outcome), outcome);
  }

  /** A kept connection that had gone stale says nothing about its upstream: once more, on a fresh one. */
  #retry(): boolean {
    if (this.#wasRetried || this.#answer.hasBytes || !this.#outgoing.isRepeatable) return false;
    this.#wasRetried = true;
    this.#lend(this.#pool!.lendFresh(this));
    return true;
  }

  /** The candidate failed: asks stable, if the shield covers this request and nothing has reached the client. */
  #replay(failure: Outcome): boolean {
    const { shield, table } = this.#plane;
    if (!this.#isShieldable || !this.#outgoing.isAtHand || this.#answer.isBegun || !shield!.spend()) return false;
    this.#drop();
    this.#isShieldable = false;
    this.#attempts.replay(failure);
    this.#answer.again();
    this.#pool = table.read().stable;
    this.#lend(this.#pool.lend(this));
    return true;
  }

  #leaveWith(fault: Fault, outcome: Outcome): void {
    this.#drop();
    const closes = !this.#keeps || !this.isRequestOver || this.#plane.isClosing;
    this.#settle(outcome);
    this.#client.answerLocally(fault, closes);
  }

  #cut(outcome: Outcome): void {
    this.#drop();
    this.#settle(outcome);
    this.#client.cut(this.#answer.isEndVisible);
  }

  #drop(): void {
    this.#upstream?.destroy();
    this.#upstream = null;
  }

  #settle(outcome: Outcome): void {
    this.isActive = false;
    this.#attempts.settle(outcome);
  }
}
