import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from './settings.ts';
import { linesOf, startProgram } from './spawn.ts';
import { startUpstream } from './upstream.ts';

const manifest: { scripts: { start: string } } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
);
const flags = /node (.*) src\/main\.ts/.exec(manifest.scripts.start)![1]!;

/** Writes a line of the log's form where garbage would be collected. */
const SPY = `globalThis.gc &&= (options) => console.log(JSON.stringify({ msg: 'collected', ...options }));`;

/** Starts the program with these flags of Node; what it logged until it served. */
async function messagesOf(nodeFlags: string): Promise<string[]> {
  const spy = join(temporaryDirectory(), 'spy.mjs');
  writeFileSync(spy, SPY);
  const stable = await startUpstream('stable', (_, response) => response.end());
  const weir = await startProgram({ stable: stable.url }, `set -- "$1" ${nodeFlags} --import ${spy} "\${@:2}"`);
  return linesOf(weir.stdout()).map(({ msg, ...rest }) =>
    'flavor' in rest ? `${msg} by ${String(rest.flavor)}` : msg,
  );
}

describe('what starting left in memory', () => {
  it('is given back once, before it serves, with the flags of npm start', async () => {
    const messages = await messagesOf(flags);
    expect(messages.filter((msg) => msg.startsWith('collected'))).toEqual(['collected by last-resort']);
    expect(messages.indexOf('collected by last-resort')).toBe(messages.indexOf('serving') - 1);
  });

  it('stays where Node was started without them, and Weir serves all the same', async () => {
    const messages = await messagesOf('');
    expect(messages).toContain('serving');
    expect(messages.filter((msg) => msg.startsWith('collected'))).toEqual([]);
  });
});
