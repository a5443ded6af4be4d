/** httpxy, the maintained successor of http-proxy in the unjs family, with a keep-alive agent. */
import { createServer } from 'node:http';
import { createProxyServer } from 'httpxy';
import { agent, draw, port } from './shared.ts';

const proxy = createProxyServer({ agent, xfwd: true });
createServer((request, response) => {
  proxy.web(request, response, { target: draw() }).catch(() => response.destroy());
}).listen(port, '127.0.0.1', 4096);
