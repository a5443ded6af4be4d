import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from './metrics.ts';

export interface Readiness {
  readonly ready: boolean;
  /** For a person: what is missing, or that nothing is. */
  readonly reason: string;
}

export interface TelemetryParts {
  readonly metrics: Metrics;
  /** Configured, listening and not draining; never the upstreams' health. */
  readonly ready: () => Readiness;
  /** Told of a scrape that failed; the client only learns that it did. */
  readonly report: (error: unknown) => void;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** That it answers at all is the proof that the event loop turns. */
const alive = (): Answer => ({ status: 200, text: 'ok\n' });

/** Answers `/metrics`, `/livez`, `/readyz` and `/healthz`, to GET and HEAD, and nothing else. */
export function createTelemetry({ metrics, ready, report }: TelemetryParts) {
  const routes = new Map<string, () => Answer | Promise<Answer>>([
    ['/metrics', async () => ({ status: 200, text: await metrics.scrape(), type: metrics.contentType })],
    ['/livez', alive],
    ['/healthz', alive],
    [
      '/readyz',
      () => {
        const { ready: isReady, reason } = ready();
        return { status: isReady ? 200 : 503, text: `${reason}\n` };
      },
    ],
  ]);

  async function answer({ method, url = '/' }: IncomingMessage): Promise<Answer> {
    const route = routes.get(url.split('?', 1)[0]!);
    if (route === undefined) return { status: 404, text: 'not found\n' };
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'method not allowed\n' };
    try {
      return await route();
    } catch (error) {
      report(error);
      return { status: 500, text: 'internal error\n' };
    }
  }

  return function telemetry(request: IncomingMessage, response: ServerResponse): void {
    void answer(request).then((answer) => send(request, response, answer));
  };
}

function send(request: IncomingMessage, response: ServerResponse, { status, text, type }: Answer): void {
  response.writeHead(status, {
    'Content-Type': type ?? PLAIN_TEXT,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}
