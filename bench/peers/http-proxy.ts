/** http-proxy 1.18.1, the long-time usual choice, with a keep-alive agent. */
import { createServer } from 'node:http';
import httpProxy from 'http-proxy';
import { agent, draw, port } from './shared.ts';

const proxy = httpProxy.createProxyServer({ agent, xfwd: true });
proxy.on('error', (_error, _request, response) => response.destroy());
createServer((request, response) => proxy.web(request, response, { target: draw() })).listen(port, '127.0.0.1', 4096);
