/** As far as the peer uses it; the package brings no types. */
declare module 'http-proxy' {
  import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
  interface Proxy {
    web(request: IncomingMessage, response: ServerResponse, options: { target: string }): void;
    on(event: 'error', listener: (error: Error, request: IncomingMessage, response: ServerResponse) => void): this;
  }
  const httpProxy: { createProxyServer(options: { agent: Agent; xfwd: boolean }): Proxy };
  export default httpProxy;
}
