/** The running data plane between a client and an upstream of bare bytes. */
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Outcome } from '../../../src/model/outcome.ts';
import type { Refusal } from '../../../src/model/tally.ts';
import type { Clock } from '../../../src/support/clock.ts';
import { systemRandom } from '../../../src/support/random.ts';
import type { DataPlane } from '../../../src/traffic/data-plane.ts';
import { createDataPlane } from '../../../src/traffic/data-plane.ts';
import type { Limits, Timeouts } from '../../../src/traffic/plane.ts';
import { stillClock } from '../../release/fixtures.ts';
import { eventually } from '../../sidecar/eventually.ts';
import { listen } from '../../sidecar/upstream.ts';

const TIMEOUTS = {
  connectMs: 2000,
  headMs: 10_000,
  bodyMs: 10_000,
  requestHeadMs: 10_000,
  keepAliveMs: 10_000,
  tunnelMs: 10_000,
  drainMs: 0,
};
const LIMITS = { headBytes: 2048, headers: 40, connections: 2000, inFlight: 1000, loopDelayMs: Infinity };

export interface RunningPlane {
  readonly port: number;
  readonly outcomes: readonly Outcome[];
  /** Why requests were refused that nobody was asked for. */
  refusals(): readonly Refusal[];
  drain: DataPlane['drain'];
}

/** A data plane in this process, all of whose requests go to this port, and for which no time passes unless told. */
export async function startPlane(
  upstreamPort: number,
  timeouts: Partial<Timeouts & { drainMs: number }> = {},
  limits: Partial<Limits> = {},
  clock: Clock = stillClock(),
): Promise<RunningPlane> {
  const outcomes: Outcome[] = [];
  let inFlight = 0;
  const refusals: Refusal[] = [];
  const plane = createDataPlane({
    service: 'shop',
    sticky: null,
    overrideHeader: null,
    shield: null,
    timeouts: { ...TIMEOUTS, ...timeouts },
    limits: { ...LIMITS, ...limits },
    clock,
    random: systemRandom,
    observe: {
      dispatched: () => void inFlight++,
      headed: () => {},
      settled: (_exchange, outcome) => {
        inFlight--;
        outcomes.push(outcome);
      },
      inFlight: () => inFlight,
      shielded: () => {},
      refused: (why) => void refusals.push(why),
    },
    report: () => {},
    split: { share: 0, stable: { version: 'v1', url: `http://127.0.0.1:${upstreamPort}` }, candidate: null },
  });
  const { port } = await plane.listen('127.0.0.1', 0);
  let drained: ReturnType<DataPlane['drain']> | null = null;
  const drain = () => (drained ??= plane.drain());
  onTestFinished(async () => void (await drain()));
  return { port, outcomes, refusals: () => refusals, drain };
}

/** One request as the upstream got it, a byte a character. */
export interface Got {
  readonly head: string;
  readonly target: string;
  /** As it stands on the wire, chunks and all. */
  readonly body: string;
  readonly socket: Socket;
}

export interface ScriptedUpstream {
  readonly port: number;
  /** Complete requests, in order. */
  readonly requests: readonly Got[];
  /** Everything that came, by connection. */
  readonly texts: readonly string[];
  readonly sockets: readonly Socket[];
  answer: (got: Got) => string | null;
  /** Called with everything that has come on a connection so far, whenever more comes. */
  onText: (text: string, socket: Socket) => void;
}

/** What is answered by default: the target, so that every answer tells whose it is. */
export const echo = ({ head, target }: Got): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${head.startsWith('HEAD') ? '' : target}`;

export async function startScripted(): Promise<ScriptedUpstream> {
  const requests: Got[] = [];
  const texts: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const index = sockets.push(socket) - 1;
    texts.push('');
    let done = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      texts[index] += chunk.toString('latin1');
      upstream.onText(texts[index]!, socket);
      for (;;) {
        const got = requestIn(texts[index]!.slice(done), socket);
        if (got === null) return;
        done += got.head.length + got.body.length;
        requests.push(got);
        const answer = upstream.answer(got);
        if (answer !== null) socket.write(answer, 'latin1');
      }
    });
    socket.on('end', () => socket.end());
  });
  const port = await listen(server, 0);
  const upstream: ScriptedUpstream = { port, requests, texts, sockets, answer: echo, onText: () => {} };
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return upstream;
}

/** Reads only what Weir may send: one framing field, spelt one way. */
function requestIn(text: string, socket: Socket): Got | null {
  const headEnd = text.indexOf('\r\n\r\n') + 4;
  if (headEnd < 4) return null;
  const head = text.slice(0, headEnd);
  const target = head.split(' ')[1] ?? '';
  const length = /^content-length: (\d+)\r$/m.exec(head)?.[1];
  let end = headEnd + Number(length ?? 0);
  if (/^transfer-encoding: chunked\r$/m.test(head)) end = endOfChunks(text, headEnd);
  if (end === -1 || end > text.length) return null;
  return { head, target, body: text.slice(headEnd, end), socket };
}

function endOfChunks(text: string, start: number): number {
  let at = start;
  for (;;) {
    const line = /^([\da-f]+)\r\n/i.exec(text.slice(at, at + 20));
    if (line === null) return -1;
    at += line[0].length;
    const size = Number.parseInt(line[1]!, 16);
    if (size === 0) break;
    at += size + 2;
  }
  if (text.startsWith('\r\n', at)) return at + 2;
  const end = text.indexOf('\r\n\r\n', at);
  return end === -1 ? -1 : end + 4;
}

export interface RawClient {
  readonly socket: Socket;
  text(): string;
  /** 'open', 'ended' after a FIN, 'cut' after a reset. */
  state(): string;
  /** Waits until this many answers, with this text behind the last, have come. */
  until(pattern: RegExp): Promise<string>;
  untilClosed(): Promise<string>;
}

/** A client that writes these pieces, each in a packet of its own, and stays half-open as long as Weir does. */
export function startClient(port: number, ...pieces: readonly string[]): RawClient {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  onTestFinished(() => void socket.destroy());
  let text = '';
  let state = 'open';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('end', () => (state = 'ended'));
  socket.on('error', () => (state = 'cut'));
  const send = (index: number): void => {
    if (index < pieces.length) socket.write(pieces[index]!, 'latin1', () => void setImmediate(send, index + 1));
  };
  send(0);
  return {
    socket,
    text: () => text,
    state: () => state,
    until: (pattern) =>
      eventually(() => {
        if (!pattern.test(text)) throw new Error(`${pattern} is not in ${JSON.stringify(text)}, ${state}`);
        return text;
      }),
    untilClosed: () =>
      eventually(() => {
        if (state === 'open') throw new Error(`still open after ${JSON.stringify(text)}`);
        return text;
      }),
  };
}

/** Answers in a text, by their status lines. */
export const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));

export const get = (target: string, ...lines: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: a', ...lines, '\r\n'].join('\r\n');
export const post = (target: string, lines: readonly string[], body: string): string =>
  [`POST ${target} HTTP/1.1`, 'Host: a', ...lines, '\r\n'].join('\r\n') + body;
