import { createServer as createSecureServer } from 'node:tls';
import { createServer as createHttpServer } from 'node:http';
import type { Server } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { temporaryDirectory } from './settings.ts';
import { listen } from './upstream.ts';

export interface EchoServer {
  readonly url: string;
  /** The server's ends of the sessions so far. */
  readonly sessions: ReadonlySet<WebSocket>;
}

/** A WebSocket server that sends back every message; any other request gets its name. */
export async function startEchoServer(name: string, path?: string): Promise<EchoServer> {
  const server = createHttpServer((_request, response) => void response.end(name));
  const sessions = echo(server);
  if (path === undefined) return { url: `http://127.0.0.1:${await listen(server, 0)}`, sessions };
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { url: `unix:${path}`, sessions };
}

/** The same over TLS, with a certificate of its own making. */
export async function startSecureEchoServer(): Promise<EchoServer & { readonly ca: string }> {
  const directory = temporaryDirectory();
  const [keyFile, ca] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, '-keyout', keyFile, '-out', ca, ...subject], { stdio: 'ignore' });
  const inner = createHttpServer();
  const sessions = echo(inner);
  const secure = createSecureServer({ key: readFileSync(keyFile), cert: readFileSync(ca) }, (socket) => {
    inner.emit('connection', socket);
  });
  onTestFinished(() => void secure.close());
  return { url: `https://localhost:${await listen(secure, 0)}`, sessions, ca };
}

function echo(server: Server): Set<WebSocket> {
  const sessions = new Set<WebSocket>();
  const webSockets = new WebSocketServer({ server, maxPayload: 4 * 1024 * 1024 });
  webSockets.on('connection', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.on('close', () => sessions.delete(session));
    session.on('message', (message, isBinary) => session.send(message, { binary: isBinary }));
  });
  onTestFinished(() => {
    for (const session of sessions) session.terminate();
    server.closeAllConnections();
    server.close();
  });
  return sessions;
}

export interface Session {
  readonly socket: WebSocket;
  /** Sends a message and waits for its echo. */
  echo(message: Buffer): Promise<Buffer>;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
}

/** A WebSocket session; rejects when the handshake fails. */
export function openSession(port: number, headers: Readonly<Record<string, string>> = {}): Promise<Session> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers, perMessageDeflate: false });
  onTestFinished(() => socket.terminate());
  const closed = new Promise<number>((resolve) => {
    socket.on('close', resolve);
  });
  const session: Session = {
    socket,
    closed,
    echo: (message) =>
      new Promise((resolve, reject) => {
        socket.once('message', (received: Buffer) => resolve(received));
        void closed.then((code) => reject(new Error(`closed with ${code}`)));
        socket.send(message);
      }),
  };
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => resolve(session));
  });
}

/** A raw client whose own direction stays open when the other has ended. */
export function connectHalfOpen(port: number): { readonly socket: Socket; text(): string; hasEnded(): boolean } {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  let text = '';
  let hasEnded = false;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('end', () => (hasEnded = true));
  return { socket, text: () => text, hasEnded: () => hasEnded };
}

/** A request to upgrade, with further header lines. */
export function upgradeRequest(protocol: string, lines: readonly string[] = [], method = 'GET'): string {
  const fields = ['Host: a', 'Connection: Upgrade', `Upgrade: ${protocol}`, ...lines];
  return `${method} /socket HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`;
}

export const switching = (protocol: string): string =>
  `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;

export interface ScriptedUpstream {
  readonly url: string;
  /** Its ends of the connections so far. */
  readonly sockets: readonly Socket[];
}

/** An upstream of bare bytes: `script` gets each connection with the first head on it, paused, the rest unread. */
export async function startScriptedUpstream(script: (socket: Socket, head: string) => void): Promise<ScriptedUpstream> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    let text = '';
    const read = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n') + 4;
      if (end < 4) return;
      socket.off('data', read);
      socket.pause();
      if (end < text.length) socket.unshift(Buffer.from(text.slice(end), 'latin1'));
      script(socket, text.slice(0, end));
    };
    socket.on('data', read);
  });
  const port = await listen(server, 0);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, sockets };
}
