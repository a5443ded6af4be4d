import type { Slab } from './slab.ts';
import type { Framing, HeadFacts } from './wire/head.ts';
import type { NameTable } from './wire/names.ts';
import type { AnswerAdditions, ConnectionLine } from './wire/write-answer.ts';

/** What the way back shares among all connections. */
export interface AnswerTools {
  /** For pieces on their way, which most often have left when `send` returns. */
  readonly slab: Slab;
  readonly answerFacts: HeadFacts;
  readonly answerNames: NameTable;
  readonly answerAdditions: AnswerAdditions;
}

/** Who an answer is for, and who decides about it. */
export interface AnswerOwner {
  /** The final head has come. False when this answer is not wanted: nothing of it may reach the client. */
  headed(facts: HeadFacts): boolean;
  /** What the client is told about its connection, given how the body will be framed. */
  connectionLine(framing: Framing): ConnectionLine;
  /** Whole lines to add to the head. */
  linesFor(facts: HeadFacts): Buffer;
  /** The whole answer has been sent. */
  over(): void;
  /** A 101 to what the request offered has been sent: what follows is no longer HTTP. */
  switched(facts: HeadFacts): void;
  malformed(): void;
}

/** Where an answer goes. */
export interface Sink {
  /** False when there is no room for more. */
  send(bytes: Buffer): boolean;
}
