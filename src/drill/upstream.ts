import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { closeServer, listenOn } from '../support/bind.ts';
import type { Clock } from '../support/clock.ts';
import type { Fault } from './faults.ts';
import { FEW_EVERY } from './faults.ts';

/** An upstream that can be broken in every way of the drill, and mended. */
export interface DrillUpstream {
  readonly url: string;
  /** Requests that have come. */
  requests(): number;
  break(fault: Fault): Promise<void>;
  /** Lets go of what hangs, and is well from then on. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const FLAP_MS = 500;
const BODY = JSON.stringify({ ok: true });

export async function startDrillUpstream(clock: Clock, slowMs: number): Promise<DrillUpstream> {
  let fault: Fault | null = null;
  let requests = 0;
  const hanging = new Set<ServerResponse>();
  let held: Socket | null = null;
  let server = createServer(answer);
  const { port } = await listenOn(server, HOST, 0);

  function answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    requests += 1;
    switch (fault) {
      case null:
      case 'crashes':
        return well(response);
      case 'fails':
        return badly(response);
      case 'hangs':
        hanging.add(response);
        return;
      case 'is slow':
        setTimeout(() => well(response), slowMs);
        return;
      case 'dies mid-body':
        response.writeHead(200, { 'content-length': BODY.length * 2 });
        response.write(BODY, () => response.destroy());
        return;
      case 'flaps':
        return Math.floor(clock.monotonicMs() / FLAP_MS) % 2 === 0 ? well(response) : badly(response);
      case 'fails a few':
        return requests % FEW_EVERY === 0 ? badly(response) : well(response);
    }
  }

  return {
    url: `http://${HOST}:${port}`,
    requests: () => requests,
    async break(next) {
      fault = next;
      if (fault !== 'crashes') return;
      await closeServer(server);
      held = await hold(port);
    },
    async mend() {
      const wasDown = fault === 'crashes';
      fault = null;
      for (const response of hanging) response.destroy();
      hanging.clear();
      if (!wasDown) return;
      held?.destroy();
      server = createServer(answer);
      await listenOn(server, HOST, port);
    },
    async close() {
      held?.destroy();
      await closeServer(server);
    },
  };
}

/**
 * Keeps a port on which nobody listens from being given to somebody else, who would get the drill's requests then: by a
 * connection from that port to itself, which TCP allows as a simultaneous open.
 */
function hold(port: number): Promise<Socket> {
  const socket = connect({ host: HOST, port, localAddress: HOST, localPort: port });
  return new Promise((resolve) => {
    socket.on('connect', () => resolve(socket));
    // Then it is not held, and most probably nobody takes it.
    socket.on('error', () => resolve(socket));
  });
}

function well(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(BODY);
}

function badly(response: ServerResponse): void {
  response.writeHead(500, { 'content-type': 'application/json' }).end('{"ok":false}');
}
