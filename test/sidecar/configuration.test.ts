import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configText } from './settings.ts';
import { runProgram } from './spawn.ts';
import { listen } from './upstream.ts';

async function takenPort(): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  return listen(server, 0);
}

describe('a program told nonsense', () => {
  it('lists every mistake and ends with 64 before it binds a port', async () => {
    // Binding would fail on this port, and then the exit code would be another.
    const port = await takenPort();
    const config = JSON.stringify({
      service: 'shop',
      listen: { traffic: `127.0.0.1:${port}`, admin: `127.0.0.1:${port}`, telemetry: '127.0.0.1:0' },
      stable: { version: 'v1', url: 'http://127.0.0.1:3000' },
      candidate: { version: 'v2', url: 'http://127.0.0.1:3001' },
      weight: '-5%',
      guards: { window: '2 parsecs', eror: '5%' },
      timeouts: { head: 30 },
    });
    const program = runProgram(config);
    expect(await program.ended).toEqual({ code: 64, signal: null });
    const mistakes = program.stderr().trim().split('\n');
    for (const key of ['listen.admin', 'weight', 'guards.window', 'guards.eror', 'timeouts.head']) {
      expect(mistakes.filter((line) => line.includes(`: ${key}: `))).toHaveLength(1);
    }
    expect(mistakes).toHaveLength(5);
    expect(program.stdout()).toBe('');
  });

  it('ends with 64 when the file is not there to be read or is no mapping', async () => {
    const program = runProgram('just words');
    expect((await program.ended).code).toBe(64);
    expect(program.stderr()).toContain('weir.json:1');
  });
});

describe('a port that is taken', () => {
  it.each(['traffic', 'admin', 'telemetry'])('on %s ends the start with 1 and says which', async (name) => {
    const port = await takenPort();
    const text = configText({ stable: 'http://127.0.0.1:3000', listen: { [name]: `127.0.0.1:${port}` } });
    const program = runProgram(text);
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.stderr()).toBe(`cannot listen for ${name} on 127.0.0.1:${port}: the port is taken\n`);
  });
});
