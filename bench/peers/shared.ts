import { Agent } from 'node:http';

/** `node peers/NAME.ts PORT STABLE CANDIDATE`: listen on one port, forward to two. */
const [listen = 0, stable = 0, candidate = 0] = process.argv.slice(2).map(Number);

export const port = listen;
const stableUrl = `http://127.0.0.1:${stable}`;
const candidateUrl = `http://127.0.0.1:${candidate}`;

/** 5 % to the candidate, as all contenders. */
export const draw = (): string => (Math.random() < 0.05 ? candidateUrl : stableUrl);

/** Without it, Node's proxies open a connection per request. */
export const agent = new Agent({ keepAlive: true, maxFreeSockets: 1024 });

process.on('SIGTERM', () => process.exit(0));
