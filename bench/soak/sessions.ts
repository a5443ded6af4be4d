import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../src/support/random.ts';
import type { Read } from './answers.ts';
import { AnswerReader } from './answers.ts';
import { patternOf } from './pattern.ts';
import type { Score } from './score.ts';

/** One request, as it is sent and as its answer must be. */
interface Asked {
  readonly id: string;
  readonly bytes: Buffer;
  /** Of the body of a good answer. */
  readonly size: number;
}

/** What a session needs of the world. */
export interface Stage {
  readonly port: number;
  readonly random: Random;
  readonly score: Score;
  newId(): string;
}

type Session = (stage: Stage, socket: Socket, reader: Pick<AnswerReader, 'next' | 'isEnded'>) => Promise<void>;

const HOST = 'Host: soak\r\n';

function ask({ random, newId }: Stage, isLast: boolean, maxBytes = 40_000): Asked {
  const id = newId();
  const size = Math.floor(random() ** 3 * maxBytes);
  const close = isLast ? 'Connection: close\r\n' : '';
  const cookie = random() < 0.3 ? `Cookie: a=b; weir=${Math.floor(random() * 10_000)}\r\n` : '';
  const common = `HTTP/1.1\r\n${HOST}X-Id: ${id}\r\n${close}${cookie}`;
  const draw = random();
  if (draw < 0.5) return { id, size, bytes: Buffer.from(`GET /?size=${size} ${common}\r\n`) };
  const body = patternOf(id, size);
  if (draw < 0.75) {
    const head = `POST / ${common}Content-Length: ${size}\r\n\r\n`;
    return { id, size, bytes: Buffer.concat([Buffer.from(head), body]) };
  }
  const chunks: Buffer[] = [Buffer.from(`POST / ${common}Transfer-Encoding: chunked\r\n\r\n`)];
  for (let at = 0; at < size;) {
    const piece = body.subarray(at, at + 1 + Math.floor(random() * 8000));
    const extension = random() < 0.1 ? ';a=b' : '';
    chunks.push(Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from('\r\n'));
    at += piece.length;
  }
  chunks.push(Buffer.from('0\r\n\r\n'));
  return { id, size, bytes: Buffer.concat(chunks) };
}

/** Judges one answer. False when the connection is of no more use. */
function judge({ score }: Stage, asked: Asked, read: Read | null): boolean {
  if (read === null) return score.note('closed without an answer');
  const error = read.fields.get('x-weir-error');
  const owner = read.fields.get('x-id');
  if (error !== undefined) {
    if (owner !== undefined) return score.wrong(`an answer made by Weir for ${asked.id} bears the id ${owner}`);
    score.note(`${read.status} ${error}`);
  } else if (read.status === 0) return score.note('cut inside the head');
  else if (owner !== asked.id) return score.wrong(`${asked.id} was answered with ${owner}`);
  else {
    const expected = patternOf(asked.id, Number(read.fields.get('x-size')));
    if (!expected.subarray(0, read.body.length).equals(read.body)) {
      return score.wrong(`the body for ${asked.id} holds other bytes`);
    }
    if (!read.isWhole) return score.note('cut inside the body');
    if (read.body.length !== expected.length) return score.wrong(`${asked.id}: a short body that ends well`);
    if (read.status === 200 && expected.length !== asked.size)
      return score.wrong(`${asked.id}: not the size asked for`);
    score.note(`${read.status}${read.fields.has('x-weir-shielded') ? ' shielded' : ''}`);
  }
  return read.isWhole && read.fields.get('connection') !== 'close';
}

const keptAlive: Session = async (stage, socket, reader) => {
  const count = 1 + Math.floor(stage.random() * 12);
  for (let place = 0; place < count; place++) {
    const asked = ask(stage, place === count - 1 && stage.random() < 0.5);
    socket.write(asked.bytes);
    if (!judge(stage, asked, await reader.next())) return;
    if (stage.random() < 0.3) await pause(stage.random() * 200);
  }
};

const pipelined: Session = async (stage, socket, reader) => {
  const all = Array.from({ length: 2 + Math.floor(stage.random() * 7) }, () => ask(stage, false, 10_000));
  const bytes = Buffer.concat(all.map((asked) => asked.bytes));
  const half = Math.floor(stage.random() * bytes.length);
  socket.write(bytes.subarray(0, half));
  await pause(stage.random() * 20);
  socket.write(bytes.subarray(half));
  for (const asked of all) if (!judge(stage, asked, await reader.next())) return;
};

const slowlyRead: Session = async (stage, socket, reader) => {
  const asked = ask(stage, stage.random() < 0.5, 8_000_000);
  socket.write(asked.bytes);
  const slowing = setInterval(() => {
    if (socket.isPaused()) socket.resume();
    else socket.pause();
  }, 30);
  const read = await reader.next().finally(() => clearInterval(slowing));
  socket.resume();
  judge(stage, asked, read);
};

const slowlySent: Session = async (stage, socket, reader) => {
  const asked = ask(stage, false, 30_000);
  const step = 1 + Math.ceil(asked.bytes.length / 20);
  for (let at = 0; at < asked.bytes.length && !reader.isEnded; at += step) {
    socket.write(asked.bytes.subarray(at, at + step));
    await pause(stage.random() * 60);
  }
  judge(stage, asked, await reader.next());
};

const aborting: Session = async (stage, socket) => {
  const asked = ask(stage, false, 500_000);
  const share = stage.random() < 0.5 ? 1 : stage.random();
  socket.write(asked.bytes.subarray(0, Math.ceil(asked.bytes.length * share)));
  await pause(stage.random() * 100);
  if (stage.random() < 0.5) socket.resetAndDestroy();
  else socket.destroy();
  stage.score.note('aborted');
};

const halfClosing: Session = async (stage, socket, reader) => {
  const asked = ask(stage, false);
  socket.end(asked.bytes);
  judge(stage, asked, await reader.next());
};

/** Kinds of clients, and how often each comes. */
const SESSIONS: readonly (readonly [string, number, Session])[] = [
  ['kept alive', 0.6, keptAlive],
  ['pipelined', 0.15, pipelined],
  ['aborting', 0.1, aborting],
  ['slowly read', 0.03, slowlyRead],
  ['slowly sent', 0.06, slowlySent],
  ['half-closing', 0.06, halfClosing],
];

/** Requests in a session, on average. */
export const REQUESTS_PER_SESSION = 5;

/** Longer than every timeout of the sidecar together: a request that has not ended by then hangs. */
const PATIENCE_MS = 40_000;

/** Plays one session of a kind drawn by chance; it always ends, and says in the score how. */
export async function playSession(stage: Stage): Promise<void> {
  let draw = stage.random();
  const [name, , session] = SESSIONS.find(([, share]) => (draw -= share) < 0) ?? SESSIONS[0]!;
  const socket = connect({ port: stage.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  const reader = new AnswerReader(socket);
  const hanging = setTimeout(() => {
    stage.score.wrong(`a request of a ${name} session hangs`);
    socket.destroy();
  }, PATIENCE_MS);
  const patient = {
    get isEnded() {
      return reader.isEnded;
    },
    async next() {
      const read = await reader.next();
      hanging.refresh();
      return read;
    },
  };
  try {
    await session(stage, socket, patient);
  } catch (error) {
    stage.score.wrong(String(error));
  } finally {
    clearTimeout(hanging);
    socket.destroy();
  }
}
