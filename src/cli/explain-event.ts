import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rejudge } from '../health/record.ts';
import type { RolloutEvent } from '../model/event.ts';
import type { JudgedWindow } from '../model/guards.ts';
import type { Reason } from '../model/verdict.ts';
import { readEvents } from '../release/replay.ts';
import { columnsOf } from './columns.ts';
import { EXIT } from './exit.ts';
import type { Format, Output } from './output.ts';
import { tellProblem } from './problem.ts';
import { messageOf } from '../support/message.ts';

/**
 * Computes a reset's verdict once more, from its line of the journal alone, and says whether it agrees with what was
 * recorded; without a number, of the last reset that a guard caused.
 */
export async function explainEvent(
  stateDir: string,
  seq: number | null,
  format: Format,
  write: Output,
): Promise<number> {
  const path = join(stateDir, 'journal.jsonl');
  const found = await findEvent(path, seq);
  if (typeof found === 'string') {
    tellProblem({ code: 'nothing-to-explain', title: 'There is no reset to explain', detail: found }, format, write);
    return EXIT.failed;
  }
  const { event, evidence } = found;
  const recorded = event.reasons.filter(isFromWindow);
  const recomputed = rejudge(evidence).reasons.filter(({ relation }) => relation === '>');
  const measures = [...new Set([...recorded, ...recomputed].map(({ measure }) => measure))];
  const compared = measures.map((measure) => ({
    measure,
    was: recorded.find((reason) => reason.measure === measure),
    is: recomputed.find((reason) => reason.measure === measure),
  }));
  const agrees = compared.every(({ was, is }) => isSame(was, is));
  write.out(format === 'json' ? documentOf(event, compared, agrees) : tableOf(event, compared, agrees));
  return agrees ? EXIT.ok : EXIT.failed;
}

interface Compared {
  readonly measure: Reason['measure'];
  /** As recorded; undefined where it broke no limit then. */
  readonly was: Reason | undefined;
  /** As recomputed. */
  readonly is: Reason | undefined;
}

function documentOf(event: RolloutEvent, compared: readonly Compared[], agrees: boolean): string {
  const { seq, at, type, candidate } = event;
  const reasons = compared.map(({ measure, was, is }) => {
    return { measure, recorded: was ?? null, recomputed: is ?? null, same: isSame(was, is) };
  });
  return `${JSON.stringify({ seq, at, type, candidate: candidate?.version ?? null, reasons, agrees })}\n`;
}

function tableOf(event: RolloutEvent, compared: readonly Compared[], agrees: boolean): string {
  const head = `event ${event.seq} at ${event.at}: ${event.type} of ${event.candidate?.version ?? 'no candidate'}\n`;
  const end = `the verdict ${agrees ? 'agrees with' : 'DOES NOT FOLLOW FROM'} the recorded requests\n`;
  const rows = compared.flatMap(({ measure, was, is }) => [
    [measure, 'recorded', was?.text ?? 'not broken'],
    ['', 'recomputed', is?.text ?? 'not broken'],
    ['', '', isSame(was, is) ? 'the same' : 'NOT the same'],
  ]);
  return head + columnsOf(rows) + end;
}

async function findEvent(
  path: string,
  seq: number | null,
): Promise<{ readonly event: RolloutEvent; readonly evidence: JudgedWindow } | string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return `expected a journal at ${path}: ${messageOf(error)}`;
  }
  const { events, mistake } = readEvents(bytes);
  if (mistake !== null) return `the journal ${path} cannot be read: ${mistake}`;
  const event =
    seq === null ? events.findLast(({ evidence }) => evidence !== undefined) : events.find((one) => one.seq === seq);
  if (event === undefined) {
    return seq === null ? `the journal ${path} holds no reset by a guard` : `the journal ${path} has no event ${seq}`;
  }
  const { evidence } = event;
  if (evidence === undefined) {
    return `event ${event.seq} (${event.type} by ${event.actor}) carries no requests: only a reset by a guard does`;
  }
  return { event, evidence };
}

/** A probe's answers are not among the requests of the window. */
const isFromWindow = ({ measure, relation }: Reason) => relation === '>' && measure !== 'probe';

/** Logarithms may differ in their last digits from one machine to another. */
function isSame(was: Reason | undefined, is: Reason | undefined): boolean {
  if (was === undefined || is === undefined) return false;
  const [before, after] = [was.lnEvidence ?? 0, is.lnEvidence ?? 0];
  const isSameEvidence = Math.abs(before - after) <= 1e-6 * Math.max(1, Math.abs(before));
  // The percentile itself is not in the journal; whether it was above the limit is.
  const isSameMeasure = is.measured === null || is.measured === was.measured;
  return was.samples === is.samples && was.limit === is.limit && isSameEvidence && isSameMeasure;
}
