/**
 * Open-loop load, as a program: `node steady.ts PORT PATH CONNECTIONS PER_SECOND SECONDS`, prints a `Latencies` line.
 *
 * wrk asks again when it has its answer, so a slow answer slows the asking and hides itself ("coordinated
 * omission"). Here requests are due at times drawn beforehand (exponential gaps, as independent users make them),
 * whatever has been answered; a request that finds every connection busy waits, and its latency is counted from when
 * it was due. It never sleeps, because timers are a millisecond coarse: it runs at low priority beside the backend.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface Latencies {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

const [, , portText, path, ...numbers] = process.argv;
const port = Number(portText);
const [connections, perSecond, seconds] = numbers.map(Number) as [number, number, number];

const REQUEST = Buffer.from(
  [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-US,en;q=0.9',
    'Cookie: session=9f8d7c6b5a49382716; weir=9000; _ga=GA1.2.123456789.1700000000',
    'X-Request-Id: 0f4b0f9e-6a53-4a7a-9a8b-7d9ab0f9f0a1',
    'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'X-Forwarded-For: 203.0.113.7',
    'X-Forwarded-Proto: https',
    'Authorization: Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlc2lnbmF0dXJl',
    '\r\n',
  ].join('\r\n'),
);

interface Line {
  readonly socket: Socket;
  /** When the request under way was due; -1 when there is none. */
  dueMs: number;
  /** Of the answer; -1 until its head has come. */
  leftBytes: number;
}

/** What is due before this is sent but not counted: connections and caches are cold. */
const WARM_MS = 500;
const free: Line[] = [];
const latenciesUs: number[] = [];
const buffer = Buffer.allocUnsafeSlow(65_536);

function open(): Promise<void> {
  return new Promise((resolve) => {
    const line: Line = {
      dueMs: -1,
      leftBytes: -1,
      socket: connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer,
          callback(count) {
            receive(line, count);
            return true;
          },
        },
      }),
    };
    line.socket.on('close', () => {
      if (line.dueMs !== -1) throw new Error('a connection was closed under a request');
    });
    line.socket.on('connect', () => {
      free.push(line);
      resolve();
    });
  });
}

function receive(line: Line, count: number): void {
  let body = count;
  if (line.leftBytes === -1) {
    const head = buffer.toString('latin1', 0, Math.min(count, 4096));
    const end = head.indexOf('\r\n\r\n') + 4;
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (end < 4 || length === undefined || !head.startsWith('HTTP/1.1 200')) throw new Error(`unexpected: ${head}`);
    line.leftBytes = Number(length);
    body = count - end;
  }
  line.leftBytes -= body;
  if (line.leftBytes > 0) return;
  if (line.dueMs >= beganMs + WARM_MS) latenciesUs.push((performance.now() - line.dueMs) * 1000);
  line.leftBytes = line.dueMs = -1;
  free.push(line);
}

await Promise.all(Array.from({ length: connections }, open));
const beganMs = performance.now();
const endMs = beganMs + WARM_MS + seconds * 1000;
const gapMs = (): number => (-Math.log(1 - Math.random()) * 1000) / perSecond;
let dueMs = beganMs + gapMs();

function turn(): void {
  const nowMs = performance.now();
  while (dueMs <= nowMs && free.length > 0) {
    const line = free.pop()!;
    line.dueMs = dueMs;
    line.socket.write(REQUEST);
    dueMs += gapMs();
  }
  if (nowMs < endMs) setImmediate(turn);
  else report();
}

function report(): void {
  const sorted = Float64Array.from(latenciesUs).toSorted();
  const at = (ratio: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))] ?? 0;
  const result: Latencies = {
    perSecond: sorted.length / seconds,
    p50Us: at(0.5),
    p99Us: at(0.99),
    p999Us: at(0.999),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

turn();
