import { setTimeout as pause } from 'node:timers/promises';
import { relative } from 'node:path';
import type { Behaviour } from './behaviour.ts';
import type { WeirPorts } from './serving.ts';
import type { Child, Children } from './children.ts';
import { isFree, openLog, servedConfig, wantedPort, whenServing } from './stage.ts';
import type { Served, Stage } from './stage.ts';
import type { Story } from './story.ts';

/** Everything that runs when the first act begins. */
export interface Cast {
  readonly weir: Child;
  readonly ports: WeirPorts;
  readonly stable: Upstream;
  readonly candidate: Upstream;
}

export interface Upstream {
  readonly version: string;
  readonly url: string;
  readonly port: number;
}

interface CurtainParts {
  readonly stage: Stage;
  readonly children: Children;
  readonly story: Story;
  readonly signal: AbortSignal;
}

const LOOK_MS = 50;

/** Starts both upstreams and then Weir between them, each as a process of its own. */
export async function raiseCurtain(parts: CurtainParts): Promise<Cast> {
  const { stage, children, story } = parts;
  const { config } = stage;
  if (config.candidate === null) throw new Error('the configuration of the demo needs a candidate');
  const [stable, candidate] = await Promise.all([
    startUpstream(children, config.stable, 'healthy'),
    startUpstream(children, config.candidate, 'healthy'),
  ]);
  const upstreamPorts = { stable: stable.port, candidate: candidate.port };
  // Between the look and the binding somebody may take a port all the same; then no fixed one is tried again.
  const started =
    (await startWeir(parts, await servedConfig(stage, upstreamPorts, isFree))) ??
    (await startWeir(parts, await servedConfig(stage, upstreamPorts, () => false)));
  if (started === null) throw new Error('Weir did not start');
  const { weir, ports, served } = started;
  weir.mustLive();
  for (const { path, from, to } of served.changes) {
    story.say(`  ${path.join('.')}: ${from} is taken, so it is ${to.endsWith(':0') ? 'any free port' : to} this time`);
  }
  if (served.changes.length > 0) story.say('  Weir therefore reads a copy of config/demo.yaml.');
  story.say(`  Weir (pid ${weir.pid}) serves on 127.0.0.1:${ports.traffic} with ${shortest(served.file)}`);
  story.say(`  ${stable.version} is at ${stable.url}, ${candidate.version} at ${candidate.url}`);
  return { weir, ports, stable, candidate };
}

/** Null when it could not start. */
async function startWeir({ stage, children, signal }: CurtainParts, served: Served) {
  const log = await openLog(stage);
  const weir = children.startWeir({ configFile: served.file, dir: stage.dir, log: log.fd });
  await log.close();
  const ports = await whenServing(stage, weir, () => pause(LOOK_MS, undefined, { signal }));
  return ports === null ? null : { weir, ports, served };
}

async function startUpstream(
  children: Children,
  { version, url }: { readonly version: string; readonly url: string },
  behaviour: Behaviour,
): Promise<Upstream> {
  const { port } = await children.startUpstream({ version, port: wantedPort(url), behaviour });
  return { version, url: `http://127.0.0.1:${port}`, port };
}

/** As somebody in this directory would write it. */
function shortest(file: string): string {
  const path = relative('', file);
  return path.startsWith('..') ? file : path;
}
