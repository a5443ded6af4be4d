/**
 * The same over real sockets: a data plane that listens, raw clients in front of it, and `node:http`, which reads with
 * llhttp, behind it. The upstream answers with what it understood, so every answer tells whether that is what llhttp
 * makes of the client's own bytes; a marker request stands behind each conversation. Then the other way round: raw
 * answers for clients of `node:http`.
 */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer as createRawServer } from 'node:net';
import { once } from 'node:events';
import { systemClock } from '../src/support/clock.ts';
import type { Random } from '../src/support/random.ts';
import { seededRandom } from '../src/support/random.ts';
import { createDataPlane } from '../src/traffic/data-plane.ts';
import { cutsOf } from './compare.ts';
import type { Reading } from './llhttp.ts';
import { readByLlhttp } from './llhttp.ts';

export interface Live {
  /** What is wrong with how these bytes of a client were treated; '' when nothing is. */
  requests(text: string, random: Random): Promise<string>;
  /** The same for bytes of an upstream. */
  answer(text: string, random: Random): Promise<string>;
  close(): Promise<void>;
}

const MARKER = 'GET /marker HTTP/1.1\r\nHost: m\r\n\r\n';
const MARKED = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nmarker';
const LIMITS = { headBytes: 2048, headers: 40, connections: 10_000, inFlight: 10_000, loopDelayMs: 60_000 };
const TIMEOUTS = {
  connectMs: 5000,
  headMs: 1000,
  bodyMs: 1000,
  requestHeadMs: 1000,
  keepAliveMs: 5000,
  tunnelMs: 1000,
  drainMs: 0,
};

async function startPlane(upstreamPort: number): Promise<{ port: number; stop: () => Promise<unknown> }> {
  const plane = createDataPlane({
    service: 'fuzz',
    sticky: null,
    overrideHeader: null,
    shield: null,
    timeouts: TIMEOUTS,
    limits: LIMITS,
    clock: systemClock,
    random: seededRandom(1),
    observe: {
      dispatched: () => {},
      headed: () => {},
      settled: () => {},
      inFlight: () => 0,
      shielded: () => {},
      refused: () => {},
    },
    report: () => {},
    split: { share: 0, stable: { version: 'v1', url: `http://127.0.0.1:${upstreamPort}` }, candidate: null },
  });
  const { port } = await plane.listen('127.0.0.1', 0);
  return { port, stop: () => plane.drain() };
}

const portOf = (address: AddressInfo | string | null): number => (address as AddressInfo).port;

/** What an upstream understood, as it stands in its answer. Absolute targets lose their origin. */
const understood = (method: string, target: string, body: string): string =>
  JSON.stringify([method, target.replace(/^https?:\/\/[^/?]*(?:$|(?=\/))/i, ''), body]);

export async function createLive(): Promise<Live> {
  let refusals = '';
  const reader = createServer({ maxHeaderSize: 65_536, requestTimeout: 0 }, (incoming, answer) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
    incoming.on('error', () => {});
    incoming.on('end', () => answer.end(Buffer.from(understood(incoming.method!, incoming.url!, body), 'latin1')));
  });
  reader.on('clientError', (error: Error & { code?: string }, socket) => {
    // An unknown method is a token to us; the end of a request that Weir gives up is no fault of its bytes.
    if (error.code?.startsWith('HPE_') === true && !/METHOD|EOF/.test(error.code)) refusals += error.code;
    socket.destroy();
  });
  reader.listen(0, '127.0.0.1');
  await once(reader, 'listening');
  const front = await startPlane(portOf(reader.address()));

  /** By the number in the target. */
  const answers = new Map<string, readonly Buffer[]>();
  const writer = createRawServer((socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const target = text.split(' ')[1]!;
        text = text.slice(end + 4);
        const pieces = answers.get(target);
        if (pieces === undefined) socket.write(MARKED);
        else writeAll(socket, pieces, () => socket.end());
      }
    });
  });
  writer.listen(0, '127.0.0.1');
  await once(writer, 'listening');
  const back = await startPlane(portOf(writer.address()));
  let asked = 0;

  return {
    async requests(text, random) {
      const whole = text + MARKER;
      const got = await exchanged(front.port, piecesOf(whole, random));
      if (refusals !== '') {
        const complaint = `the upstream refuses what was forwarded: ${refusals}`;
        refusals = '';
        return complaint;
      }
      return requestsComplaint(whole, got);
    },
    async answer(text, random) {
      const target = `/${asked++}`;
      // A surplus that comes late is the answer to whatever is asked next: no proxy can tell. So it comes at once.
      const hasSurplus = readByLlhttp(text, 'answer').messages.filter(({ line }) => Number(line) >= 200).length > 1;
      const toHead = !hasSurplus && random() < 0.1;
      answers.set(target, hasSurplus || toHead ? [Buffer.from(text, 'latin1')] : piecesOf(text, random));
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const first = await ask(back.port, target, toHead ? 'HEAD' : 'GET', agent);
      const marker = await ask(back.port, '/marker', 'GET', agent);
      agent.destroy();
      answers.delete(target);
      return answerComplaint(text, toHead, first, marker);
    },
    async close() {
      reader.closeAllConnections();
      reader.close();
      writer.close();
      await Promise.all([front.stop(), back.stop()]);
    },
  };
}

function piecesOf(text: string, random: Random): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  let at = 0;
  const cuts = cutsOf(bytes.length, random);
  return (cuts.length > 6 ? [bytes.length] : cuts).map((end) => bytes.subarray(at, (at = end)));
}

function writeAll(socket: Socket, pieces: readonly Buffer[], done: () => void): void {
  const next = (index: number): void => {
    if (index === pieces.length) done();
    else socket.write(pieces[index]!, () => void setImmediate(next, index + 1));
  };
  next(0);
}

/** Sends all, then a FIN, and waits for the end. */
async function exchanged(port: number, pieces: readonly Buffer[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  let got = '';
  socket.on('data', (chunk: Buffer) => (got += chunk.toString('latin1')));
  socket.on('error', () => {});
  socket.on('end', () => socket.end());
  writeAll(socket, pieces, () => socket.end());
  if (!socket.destroyed) await new Promise((resolve) => void socket.once('close', resolve));
  return got;
}

function requestsComplaint(whole: string, got: string): string {
  const before = readByLlhttp(whole, 'request');
  // llhttp knows a list of methods, and reads no further at another.
  if (before.error === 'HPE_INVALID_METHOD') return '';
  const methods = before.messages.map(({ line }) => line.slice(0, line.indexOf(' ')));
  const finalsOf = (messages: readonly Reading[]): Reading[] => messages.filter(({ line }) => Number(line) >= 200);
  let answers = readByLlhttp(got, 'answer', (index) => (methods[index] ?? 'HEAD') === 'HEAD', true);
  // Whether what was refused was a HEAD, only the last answer tells: llhttp may have read it in another way.
  if (got.endsWith('}')) {
    const last = finalsOf(answers.messages).length - 1;
    answers = readByLlhttp(got, 'answer', (index) => index !== last && methods[index] === 'HEAD', true);
  }
  const finals = finalsOf(answers.messages);
  for (const [index, answer] of finals.entries()) {
    if (answer.fields.some((field) => field.startsWith('x-weir-error:'))) {
      if (index < finals.length - 1 && answer.fields.includes('connection:close')) return 'an answer behind a refusal';
      continue;
    }
    const original = before.messages[index];
    if (original === undefined) return `answer ${index} is to no request`;
    if (original.upgrade) return '';
    if (methods[index] === 'HEAD') continue;
    const wanted = wantedOf(original);
    if (answer.complete && answer.body !== wanted) return `answer ${index} is another's: ${answer.body} / ${wanted}`;
  }
  return answers.error === '' ? '' : `llhttp refuses the answers (${answers.error}): ${JSON.stringify(got)}`;
}

function wantedOf({ line, body }: Reading): string {
  const [method = '', target = ''] = line.split(' ');
  const bare = target.replace(/^https?:\/\/[^/?]*(?=\/)/i, '');
  if (!/^https?:/i.test(bare)) return JSON.stringify([method, bare, body]);
  const rest = bare.replace(/^https?:\/\/[^/?]*/i, '');
  return JSON.stringify([method, rest === '' ? (method === 'OPTIONS' ? '*' : '/') : `/${rest}`, body]);
}

interface Received {
  readonly status: number;
  readonly body: string;
  readonly isLocal: boolean;
  readonly isWhole: boolean;
  /** llhttp's or the socket's, '' for none. */
  readonly error: string;
}

function ask(port: number, path: string, method: string, agent: Agent): Promise<Received> {
  return new Promise((resolve) => {
    const failed = (error: Error & { code?: string }): void =>
      resolve({ status: 0, body: '', isLocal: false, isWhole: false, error: error.code ?? error.message });
    const sent = request({ port, host: '127.0.0.1', path, method, agent }, (incoming) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
      incoming.on('error', () => {});
      incoming.on('close', () => {
        const isLocal = incoming.headers['x-weir-error'] !== undefined;
        resolve({ status: incoming.statusCode ?? 0, body, isLocal, isWhole: incoming.complete, error: '' });
      });
    });
    sent.on('error', failed);
    sent.end();
  });
}

function answerComplaint(text: string, toHead: boolean, first: Received, marker: Received): string {
  if (marker.body !== 'marker' && !marker.isLocal) return `the marker got another answer: ${JSON.stringify(marker)}`;
  if (first.error.startsWith('HPE_')) return `the client refuses what it got: ${first.error}`;
  if (first.isLocal || first.status === 0) return '';
  const before = readByLlhttp(text, 'answer', () => toHead, true);
  const original = before.messages.find(({ line }) => Number(line) >= 200);
  if (original === undefined) return `llhttp refuses the answer (${before.error}), which was relayed`;
  if (Number(original.line) !== first.status) return `another status: ${original.line} / ${first.status}`;
  if (first.isWhole && !original.complete) return 'whole for the client, not for llhttp';
  if (first.isWhole ? first.body !== original.body : !original.body.startsWith(first.body)) return 'another body';
  return '';
}
