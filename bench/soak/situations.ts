import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Program } from './sidecar.ts';
import { Sidecar } from './sidecar.ts';

export interface Finding {
  readonly text: string;
  readonly isKept: boolean;
}

type Situation = (program: Program) => Promise<Finding>;

const MIB = 1_048_576;
const HEAD = [
  'GET /?size=168 HTTP/1.1',
  'Host: 127.0.0.1',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9',
  'Cookie: session=9f8d7c6b5a49382716; theme=dark; weir=77',
  '\r\n',
].join('\r\n');

/** A sidecar with everything on and one echoing upstream behind both sides; `scene` says what it found. */
async function play(
  program: Program,
  settings: object,
  scene: (sidecar: Sidecar, open: (firstBytes?: string) => Promise<Socket>) => Promise<Finding>,
): Promise<Finding> {
  const upstream: ChildProcess = fork(join(import.meta.dirname, 'echo.ts'));
  const [port] = (await once(upstream, 'message')) as [number];
  const url = `http://127.0.0.1:${port}`;
  const sidecar = await Sidecar.start(
    {
      stable: { version: 'v1', url },
      candidate: { version: 'v2', url },
      weight: '20%',
      guards: { errors: '5%', p95: '20s' },
      sticky: { cookie: 'weir' },
      timeouts: { drain: '0s' },
      limits: { connections: 10_500 },
      ...settings,
    },
    program,
  );
  const sockets: Socket[] = [];
  const open = async (firstBytes = ''): Promise<Socket> => {
    const socket = connect(sidecar.ports.traffic, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(firstBytes);
    return socket;
  };
  try {
    await load(open, 8, 10);
    return await scene(sidecar, open);
  } finally {
    for (const socket of sockets) socket.destroy();
    await sidecar.stop();
    upstream.kill();
  }
}

/** So many requests one after the other on each of so many new connections, which are closed behind them. */
async function load(open: () => Promise<Socket>, connections: number, each: number): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open()));
  await Promise.all(sockets.map((socket) => askInTurn(socket, each)));
  for (const socket of sockets) socket.destroy();
}

/** Answers are small, so each comes in one piece. */
async function askInTurn(socket: Socket, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    socket.write(HEAD);
    await once(socket, 'data');
  }
}

/** Whether others are served meanwhile: how long the slowest of 20 requests in a row took. */
async function slowestMs(open: () => Promise<Socket>): Promise<number> {
  let slowest = 0;
  const socket = await open();
  for (let count = 0; count < 20; count++) {
    const startMs = performance.now();
    await askInTurn(socket, 1);
    slowest = Math.max(slowest, performance.now() - startMs);
  }
  return slowest;
}

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

async function many(count: number, start: (place: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += 100) {
    await Promise.all(Array.from({ length: Math.min(100, count - at) }, (_, place) => start(at + place)));
  }
}

/** Memory that `count` connections cost above what was held before them. */
async function costOf(sidecar: Sidecar, count: number, begin: () => Promise<void>): Promise<number> {
  const before = sidecar.holding();
  await begin();
  await pause(3000);
  const { rssBytes, sockets } = sidecar.holding();
  if (sockets < count) throw new Error(`of ${count} connections only ${sockets} are held`);
  return (rssBytes - before.rssBytes) / count;
}

const IDLE = 10_000;
const IDLE_LIMIT_BYTES = 20_000;
const BUSY_LIMIT_BYTES = 100_000_000;
/** Whatever the length: the chunks that Node makes for what a client sends, until its collector has come by. */
const STREAM_LIMIT_BYTES = 128 * MIB;

export const SITUATIONS: Readonly<Record<string, Situation>> = {
  busy: (program) =>
    play(program, {}, async (sidecar, open) => {
      let peakBytes = 0;
      const watching = setInterval(() => (peakBytes = Math.max(peakBytes, sidecar.holding().rssBytes)), 100);
      await load(open, 64, 3000);
      clearInterval(watching);
      return {
        text: `64 busy connections, at most ${(peakBytes / 1e6).toFixed(1)} MB`,
        isKept: peakBytes <= BUSY_LIMIT_BYTES,
      };
    }),

  idle: (program) =>
    play(program, {}, async (sidecar, open) => {
      const each = await costOf(sidecar, IDLE, () => many(IDLE, () => open()));
      const ms = await slowestMs(open);
      return {
        text: `${IDLE} connections that have said nothing, ${(each / 1000).toFixed(1)} KB each; another's slowest of 20 requests ${ms.toFixed(0)} ms`,
        isKept: each <= IDLE_LIMIT_BYTES,
      };
    }),

  rested: (program) =>
    play(program, {}, async (sidecar, open) => {
      // Each falls idle at another time, between much other traffic: whatever it kept of that would show.
      const busy = await open();
      const each = await costOf(sidecar, IDLE, async () => {
        for (let at = 0; at < IDLE; at += 10) {
          await Promise.all(Array.from({ length: 10 }, async () => askInTurn(await open(), 1)));
          await askInTurn(busy, 10);
        }
      });
      return {
        text: `${IDLE} kept connections that have had an answer, ${(each / 1000).toFixed(1)} KB each`,
        isKept: each <= IDLE_LIMIT_BYTES,
      };
    }),

  'dripping heads': (program) =>
    play(program, {}, async (sidecar, open) => {
      const sockets: Socket[] = [];
      let slowest = 0;
      const each = await costOf(sidecar, 5000, async () => {
        await many(5000, async () => sockets.push(await open('GET / HTTP/1.1\r\nHost: a\r\nX-Drip: ')));
        for (let round = 0; round < 40; round++) {
          for (const socket of sockets) socket.write('x'.repeat(25));
          slowest = Math.max(slowest, await slowestMs(open));
        }
      });
      return {
        text: `5000 connections drip 1 KB of head, ${(each / 1000).toFixed(1)} KB each; another's slowest request ${slowest.toFixed(0)} ms`,
        isKept: each <= 30_000 && slowest < 2000,
      };
    }),

  'head bombs': (program) =>
    play(program, {}, async (sidecar, open) => {
      const bomb = `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(100_000)}`;
      const before = sidecar.holding().rssBytes;
      await many(2000, async () => void (await open(bomb)));
      await pause(2000);
      const grown = sidecar.holding().rssBytes - before;
      const ms = await slowestMs(open);
      return {
        text: `2000 endless heads cost ${mib(grown)}; another's slowest request ${ms.toFixed(0)} ms`,
        isKept: grown < 80 * MIB,
      };
    }),

  'dripping bodies': (program) =>
    play(program, {}, async (sidecar, open) => {
      const sockets: Socket[] = [];
      let slowest = 0;
      const each = await costOf(sidecar, 900, async () => {
        await many(900, async () =>
          sockets.push(await open('POST /?count HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n')),
        );
        for (let round = 0; round < 40; round++) {
          for (const socket of sockets) socket.write('x'.repeat(25));
          slowest = Math.max(slowest, await slowestMs(open));
        }
      });
      return {
        text: `900 connections drip their bodies, ${(each / 1000).toFixed(1)} KB each; another's slowest request ${slowest.toFixed(0)} ms`,
        isKept: each <= 60_000 && slowest < 2000,
      };
    }),

  'readers that never read': (program) =>
    play(program, { timeouts: { body: '3s', drain: '0s' } }, async (sidecar, open) => {
      const before = sidecar.holding();
      await many(200, async () => {
        const socket = await open();
        socket.pause();
        socket.write('GET /?size=1000000000 HTTP/1.1\r\nHost: a\r\n\r\n');
      });
      await pause(1500);
      const grown = sidecar.holding().rssBytes - before.rssBytes;
      const ms = await slowestMs(open);
      await pause(5000);
      const left = await sidecar.metric('weir_in_flight');
      return {
        text: `200 of them cost ${mib(grown)}, ${left} are left after timeouts.body; another's slowest request ${ms.toFixed(0)} ms`,
        isKept: grown < 100 * MIB && left === 0,
      };
    }),

  'pipelining floods': (program) =>
    play(program, {}, async (sidecar, open) => {
      const before = sidecar.holding().rssBytes;
      const flood = 'GET /?size=10000 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(20_000);
      await many(50, async () => {
        const socket = await open();
        socket.pause();
        socket.write(flood);
      });
      await pause(5000);
      const grown = sidecar.holding().rssBytes - before;
      const ms = await slowestMs(open);
      return {
        text: `50 floods that read nothing cost ${mib(grown)}; another's slowest request ${ms.toFixed(0)} ms`,
        isKept: grown < 100 * MIB,
      };
    }),

  '4 GiB down': (program) =>
    play(program, {}, async (sidecar, open) => {
      const total = 4 * 1024 * MIB;
      const before = sidecar.holding().rssBytes;
      let peak = before;
      let read = 0;
      const watching = setInterval(() => (peak = Math.max(peak, sidecar.holding().rssBytes)), 50);
      const socket = await open(`GET /?size=${total} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      socket.on('data', (chunk: Buffer) => (read += chunk.length));
      await once(socket, 'end');
      clearInterval(watching);
      return {
        text: `${read > total ? 'all' : `only ${read}`} read, ${mib(peak - before)} above the start`,
        isKept: read > total && peak - before < STREAM_LIMIT_BYTES,
      };
    }),

  '4 GiB up': (program) =>
    play(program, {}, async (sidecar, open) => {
      const total = 4 * 1024 * MIB;
      const part = Buffer.alloc(65_536, 'x');
      const before = sidecar.holding().rssBytes;
      let peak = before;
      const watching = setInterval(() => (peak = Math.max(peak, sidecar.holding().rssBytes)), 50);
      const socket = await open(
        `POST /?count HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${total}\r\n\r\n`,
      );
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      for (let sent = 0; sent < total; sent += part.length) if (!socket.write(part)) await once(socket, 'drain');
      await once(socket, 'end');
      clearInterval(watching);
      const isWhole = text.endsWith(String(total));
      return {
        text: `${isWhole ? 'all' : 'not all'} arrived, ${mib(peak - before)} above the start`,
        isKept: isWhole && peak - before < STREAM_LIMIT_BYTES,
      };
    }),

  'a crowd at the door': (program) =>
    play(program, { limits: { connections: 1000 } }, async (sidecar, open) => {
      let refused = 0;
      const before = sidecar.holding();
      await many(3000, async () => {
        const socket = await open(HEAD);
        socket.on('data', (chunk: Buffer) => {
          if (chunk.includes(' 503 ')) refused++;
        });
      });
      await pause(3000);
      const { sockets } = sidecar.holding();
      return {
        text: `of 3000 connections ${refused} were told 503, and ${sockets - before.sockets} are held`,
        isKept: refused === 2000 && sockets - before.sockets <= 1000 + 512,
      };
    }),
};
