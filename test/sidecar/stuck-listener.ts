import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { connectRaw } from './client.ts';
import { eventually } from './eventually.ts';

const BACKLOG = 1;
const NEVER_ACCEPTING = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: ${BACKLOG} }, () => {
    require('node:fs').writeSync(1, server.address().port + '\\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** A port whose owner accepts nothing and whose queue is full: a connection to it stays half-made. */
export async function startStuckListener(): Promise<string> {
  const child = spawn(process.execPath, ['-e', NEVER_ACCEPTING], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve));
  const port = Number(said.toString());
  let connected = 0;
  for (let count = 0; count < 16; count++) connectRaw(port).socket.once('connect', () => connected++);
  await eventually(() => {
    if (connected <= BACKLOG) throw new Error('its queue is not yet full');
  });
  return `http://127.0.0.1:${port}`;
}
