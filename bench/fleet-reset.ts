import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../src/config/load.ts';
import type { Sidecar } from '../src/sidecar.ts';
import { startSidecar } from '../src/sidecar.ts';
import { systemClock } from '../src/support/clock.ts';
import { newId, systemRandom } from '../src/support/random.ts';

/**
 * How soon a candidate that fails every request, or every fourth, is taken out, by one sidecar alone and by three on one store, each with
 * one candidate request a second, at the limits of a configuration that says nothing of them. Needs redis-server.
 *
 *     node bench/fleet-reset.ts [RUNS]
 */
const runs = Number(process.argv[2] ?? 5);
const PERIOD_MS = 1000;
const HEALTHY_MS = 5000;

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { port, url: `http://127.0.0.1:${port}`, close };
}

async function freePort(): Promise<number> {
  const { port, close } = await serve(() => {});
  close();
  return port;
}

/** From the first bad answer until nobody's weight is above 0. */
async function resetMs(members: number, everySo: number, storePort: number, dir: string): Promise<number> {
  let isBroken = false;
  let asked = 0;
  const firstBad = Promise.withResolvers<number>();
  const stable = await serve((_request, response) => void response.end('stable'));
  const candidate = await serve((_request, response) => {
    const fails = isBroken && asked++ % everySo === 0;
    if (fails) firstBad.resolve(performance.now());
    response.writeHead(fails ? 500 : 200).end('candidate');
  });
  const sidecars: Sidecar[] = [];
  for (let member = 0; member < members; member++) {
    const configuration = {
      service: `run-${dir.replaceAll(/\W/g, '-')}`,
      listen: { traffic: '127.0.0.1:0', admin: '127.0.0.1:0', telemetry: '127.0.0.1:0' },
      stable: { version: 'v1', url: stable.url },
      candidate: { version: 'v2', url: candidate.url },
      weight: '50%',
      timeouts: { drain: '0s' },
      journal: { dir: join(dir, String(member)) },
      ...(members > 1 && { fleet: { url: `redis://127.0.0.1:${storePort}`, member: `m${member}` } }),
    };
    const result = readConfig(JSON.stringify(configuration), 'bench');
    if ('mistakes' in result) throw new Error(JSON.stringify(result.mistakes));
    const silence = (): void => {};
    const log = { debug: silence, info: silence, warn: silence, error: silence };
    sidecars.push(
      await startSidecar(result.config, { clock: systemClock, random: systemRandom, newId, log, version: 'bench' }),
    );
  }
  const ask = (port: number, path: string): Promise<string> =>
    new Promise((resolve) => {
      get({ port, host: '127.0.0.1', path }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      }).on('error', () => resolve(''));
    });
  // Half of two requests a second, and never all members at once.
  const timers = await Promise.all(
    sidecars.map(async ({ ports }, at) => {
      await pause((at * PERIOD_MS) / 2 / members);
      return setInterval(() => void ask(ports.traffic, '/'), PERIOD_MS / 2);
    }),
  );
  await pause(HEALTHY_MS);
  isBroken = true;
  const weightOf = async ({ ports }: Sidecar): Promise<number> =>
    (JSON.parse(await ask(ports.admin, '/v1/status')) as { weights: { candidate: number } }).weights.candidate;
  const firstBadMs = await firstBad.promise;
  while ((await Promise.all(sidecars.map(weightOf))).some((weight) => weight > 0)) await pause(20);
  const tookMs = performance.now() - firstBadMs;
  for (const timer of timers) clearInterval(timer);
  await Promise.all(sidecars.map((sidecar) => sidecar.stop()));
  stable.close();
  candidate.close();
  return tookMs;
}

const storePort = await freePort();
const store = spawn('redis-server', ['--port', String(storePort), '--save', '', '--appendonly', 'no'], {
  stdio: 'ignore',
});
const dir = await mkdtemp(join(tmpdir(), 'weir-fleet-reset-'));
try {
  await pause(500);
  for (const everySo of [1, 4]) {
    process.stdout.write(`every ${everySo === 1 ? 'request' : '4th request'} fails\n`);
    for (const members of [1, 3]) {
      const took: number[] = [];
      for (let run = 0; run < runs; run++) {
        took.push(await resetMs(members, everySo, storePort, join(dir, `${everySo}-${members}-${run}`)));
      }
      const sorted = took.toSorted((a, b) => a - b).map((ms) => (ms / 1000).toFixed(1));
      const middle = sorted[Math.floor(sorted.length / 2)];
      const who = members === 1 ? '1 sidecar ' : `${members} sidecars`;
      process.stdout.write(`  ${who}  median ${middle} s of ${sorted.join(', ')}\n`);
    }
  }
} finally {
  store.kill();
  await rm(dir, { recursive: true, force: true });
}
