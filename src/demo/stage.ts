import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatEndpoint } from '../config/endpoint.ts';
import type { Endpoint } from '../config/endpoint.ts';
import { formatMistake, readConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { parseAddress } from '../model/upstream.ts';
import type { Child } from './children.ts';
import { rewrite } from './rewrite.ts';
import type { Change } from './rewrite.ts';
import { servingPorts } from './serving.ts';
import type { WeirPorts } from './serving.ts';

/** The fresh folder in which a demo runs, with all that it writes. */
export interface Stage {
  readonly config: Config;
  readonly dir: string;
  /** Where Weir's own log goes. */
  readonly logFile: string;
  /** Leaves nothing behind. */
  remove(): Promise<void>;
}

const CONFIG_FILE = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url));

export async function openStage(): Promise<Stage> {
  const result = readConfig(await readFile(CONFIG_FILE, 'utf8'), CONFIG_FILE);
  if ('mistakes' in result) throw new Error(result.mistakes.map(formatMistake).join('\n'));
  const dir = await mkdtemp(join(tmpdir(), 'weir-demo-'));
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true });
  return { config: result.config, dir, logFile: join(dir, 'weir.log'), remove };
}

/** A configuration file that can be served here and now, and how it differs from the original. */
export interface Served {
  readonly file: string;
  readonly changes: readonly Change[];
}

/**
 * The real configuration file while all its ports are free; else a copy of it with others.
 * @param upstreamPorts where the upstreams really are.
 * @param isUsable whether Weir may have this port of the file.
 */
export async function servedConfig(
  { config, dir }: Stage,
  upstreamPorts: { readonly stable: number; readonly candidate: number },
  isUsable: (endpoint: Endpoint) => Promise<boolean> | boolean,
): Promise<Served> {
  const changes: Change[] = [];
  for (const name of ['traffic', 'admin', 'telemetry'] as const) {
    const endpoint = config.listen[name];
    if (await isUsable(endpoint)) continue;
    changes.push({ path: ['listen', name], from: formatEndpoint(endpoint), to: `${endpoint.host}:0` });
  }
  for (const side of ['stable', 'candidate'] as const) {
    const from = config[side]?.url ?? '';
    const to = `http://127.0.0.1:${upstreamPorts[side]}`;
    if (from !== to) changes.push({ path: [side, 'url'], from, to });
  }
  if (changes.length === 0) return { file: CONFIG_FILE, changes };
  const file = join(dir, 'demo.yaml');
  await writeFile(file, rewrite(await readFile(CONFIG_FILE, 'utf8'), changes));
  return { file, changes };
}

/** The port that a release of the configuration wants. */
export function wantedPort(url: string): number {
  const result = parseAddress(url);
  return 'address' in result ? result.address.port : 0;
}

export async function openLog({ logFile }: Stage) {
  return open(logFile, 'a');
}

/** Waits until Weir has said in its log where it serves; null when it ended instead. */
export async function whenServing(
  { logFile }: Stage,
  weir: Child,
  pause: () => Promise<void>,
): Promise<WeirPorts | null> {
  for (;;) {
    const ports = servingPorts(await readFile(logFile, 'utf8'));
    if (ports !== null) return ports;
    if (weir.hasEnded()) return null;
    await pause();
  }
}

/** Whether it could be bound a moment ago. */
export function isFree({ host, port }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
