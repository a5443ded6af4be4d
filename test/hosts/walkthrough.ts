import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../ports.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';

const root = resolve(import.meta.dirname, '../..');

/** The shell commands of a page's section, and what they print as the page tells it. */
export function commandsOf(section: string): { readonly script: string; readonly prints: string[] } {
  const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
  const script = blocks.join('\n');
  return { script, prints: [...script.matchAll(/^#> (.*)$/gm)].map((match) => match[1]!) };
}

/**
 * Runs commands of a page in a folder of their own, with `weir` in the PATH and every port replaced by a free one.
 * Resolves with the lines that they printed. Nothing that they started outlives them.
 */
export async function follow(script: string, ports: readonly number[]): Promise<string[]> {
  const folder = temporaryDirectory();
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  writeFileSync(join(programs, 'weir'), `#!/bin/sh\nexec "${process.execPath}" "${root}/src/main.ts" "$@"\n`, {
    mode: 0o755,
  });
  writeFileSync(join(programs, 'node'), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, { mode: 0o755 });
  const free = new Map<string, string>();
  for (const port of ports) free.set(String(port), String(await freePort()));
  // All at once: a free port may look like another one of the page's in part.
  const placed = script.replaceAll(new RegExp([...free.keys()].join('|'), 'g'), (port) => free.get(port)!);
  const environment = { ...process.env, PATH: `${programs}${delimiter}${process.env['PATH']}`, WEIR: root };
  // Job control, so that the page's `kill %2` means what it means in a terminal; a group that can be ended as a whole.
  const prologue = "set -e -o pipefail\ntrap 'kill $(jobs -p) 2> /dev/null || true; wait' EXIT\n";
  const child = spawn('bash', ['-c', prologue + placed], { cwd: folder, env: environment, detached: true });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // Also when it is waited for no longer, which its own trap does not see.
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
  });
  const code = await new Promise<number | null>((settle) => child.on('close', settle));
  if (code !== 0) throw new Error(`exit code ${code}\n${stdout}\n${stderr}\n${readLog(folder)}`);
  return stdout.split('\n').filter((line) => line !== '');
}

function readLog(folder: string): string {
  try {
    return readFileSync(join(folder, 'checkout/weir.log'), 'utf8');
  } catch {
    return '';
  }
}
