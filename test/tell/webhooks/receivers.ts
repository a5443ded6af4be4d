import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { startUpstream } from '../../sidecar/upstream.ts';

export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface StartedReceiver {
  readonly url: string;
  readonly port: number;
  /** What has come, in order. */
  readonly deliveries: readonly Delivery[];
}

/** Answers the n-th request, counted from 1; not at all where nothing is done. */
type Script = (response: ServerResponse, count: number) => void;

/** A real receiver of webhooks, whose path is a secret. */
export async function startReceiver(script: Script): Promise<StartedReceiver> {
  const deliveries: Delivery[] = [];
  const { url, port } = await startUpstream('receiver', (request, response) => {
    void receive(request, response);
  });
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    deliveries.push({ headers: request.headers, body: await bodyOf(request) });
    script(response, deliveries.length);
  }
  return { url: `${url}/services/T0/B0/hunter2`, port, deliveries };
}

export const answering =
  (...statuses: number[]): Script =>
  (response, count) =>
    void response.writeHead(statuses[Math.min(count, statuses.length) - 1]!).end();

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
