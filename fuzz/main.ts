/**
 * Differential fuzzing of the data path against llhttp: `npm run fuzz -- --seconds N --seed S`, and over real sockets
 * with `--live`, which is a hundred times slower.
 * Every input is made from the seed and its number alone, so that a find can be made again by `--seed S --only NUMBER`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/support/random.ts';
import { systemClock } from '../src/support/clock.ts';
import { answerComplaint } from './answers.ts';
import { createLive } from './live.ts';
import { createMessages } from './messages.ts';
import type { Conversation } from './messages.ts';
import { requestComplaint } from './requests.ts';
import { createRig } from './rig.ts';

const PROGRESS_MS = 5000;
const FINDS_SHOWN = 20;
const LANES = 64;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    live: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);
const begin = createRig();
/** By what was wrong, shortest input first. */
const finds = new Map<string, { count: number; number: number; text: string }>();
let inputs = 0;
let forwarded = 0;

/** A stream of chance for each input: where one begins does not depend on what came before it. */
const randomOf = (number: number) => seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b));

function tryOne(number: number): void {
  const random = randomOf(number);
  const messages = createMessages(random);
  const isRequest = number % 2 === 0;
  const conversation = isRequest ? messages.requests() : messages.answer();
  const turn = begin(random() < 0.3, random() < 0.3);
  let complaint: string;
  try {
    complaint = isRequest ? requestComplaint(conversation, turn, random) : answerComplaint(conversation, turn, random);
  } catch (error) {
    complaint = `it throws: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  inputs++;
  if (turn.outcomes.includes('answered')) forwarded++;
  if (complaint !== '') note(complaint, number, conversation, isRequest);
}

function note(complaint: string, number: number, { text }: Conversation, isRequest: boolean): void {
  const kind = `${isRequest ? 'request' : 'answer'}: ${complaint.replaceAll(/"[^"]*"|\d+|: .*$/gs, '…')}`;
  const known = finds.get(kind);
  if (known === undefined) {
    console.log(
      `FIND seed ${seed} number ${number} · ${isRequest ? 'request' : 'answer'}: ${complaint}\n  ${JSON.stringify(text)}`,
    );
    finds.set(kind, { count: 1, number, text });
  } else {
    known.count++;
    if (text.length < known.text.length) Object.assign(known, { number, text });
  }
}

/** Over real sockets, many at a time. */
async function tryAllLive(): Promise<void> {
  const live = await createLive();
  async function lane(): Promise<void> {
    while (systemClock.monotonicMs() - startedMs < seconds * 1000) {
      const number = inputs++;
      const random = randomOf(number);
      const messages = createMessages(random);
      const isRequest = number % 2 === 0;
      const conversation = isRequest ? messages.requests() : messages.answer();
      const complaint = await (isRequest ? live.requests : live.answer)(conversation.text, random);
      if (complaint !== '') note(complaint, number, conversation, isRequest);
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane));
  await live.close();
}

const startedMs = systemClock.monotonicMs();
if (values.live) await tryAllLive();
else if (values.only === undefined) {
  let toldMs = startedMs;
  let nowMs = startedMs;
  while (nowMs - startedMs < seconds * 1000) {
    for (let batch = 0; batch < 500; batch++) tryOne(inputs);
    nowMs = systemClock.monotonicMs();
    if (nowMs - toldMs < PROGRESS_MS) continue;
    toldMs = nowMs;
    console.log(
      `${Math.round((nowMs - startedMs) / 1000)} s · ${inputs} inputs · ${forwarded} answered · ${finds.size} kinds of finds`,
    );
  }
} else tryOne(Number(values.only));

const list = [...finds].map(([kind, find]) => ({ kind, seed, ...find })).slice(0, FINDS_SHOWN);
console.log(`${inputs} inputs, ${forwarded} answered by the upstream, ${finds.size} kinds of finds, seed ${seed}`);
for (const { kind, number, count, text } of list)
  console.log(`${count} × ${kind}\n  --seed ${seed} --only ${number}  ${JSON.stringify(text)}`);
if (list.length > 0) {
  mkdirSync('fuzz/finds', { recursive: true });
  const file = `fuzz/finds/seed-${seed}.json`;
  writeFileSync(file, JSON.stringify(list, null, 2));
  console.log(`written to ${file}`);
  process.exitCode = 1;
}
