/**
 * The soak: mixed load through a real sidecar while its upstreams are killed, restarted, stopped, slowed and made to
 * lie, at random but repeatably. What must hold: no crash and no uncaught exception, no answer for the wrong request
 * and no byte of another's body, no truncated body that ends well, no request without an end, and when the load
 * pauses, memory and sockets are where they were at the first pause.
 *
 *     node bench/soak.ts --minutes 20 --seed 1 [--rate 400] [--node PATH] [--program dist/main.js]
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/support/random.ts';
import { playSession, REQUESTS_PER_SESSION } from './soak/sessions.ts';
import { Score } from './soak/score.ts';
import type { Holding } from './soak/sidecar.ts';
import { SHIPPED, Sidecar } from './soak/sidecar.ts';
import { ACTS, Player } from './soak/troupe.ts';
import { freePort } from './soak/ports.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '400' },
    /** Seconds of load between two pauses. */
    stretch: { type: 'string', default: '120' },
    node: { type: 'string', default: SHIPPED.node },
    program: { type: 'string', default: SHIPPED.main },
  },
});

const random = seededRandom(Number(values.seed));
const score = new Score();
const players = [await startPlayer(), await startPlayer()] as const;
const sidecar = await Sidecar.start(
  {
    stable: { version: 'v1', url: `http://127.0.0.1:${players[0].port}` },
    candidate: { version: 'v2', url: `http://127.0.0.1:${players[1].port}` },
    weight: '50%',
    guards: { errors: null, p95: null },
    sticky: { cookie: 'weir' },
    shield: { mark: true },
    timeouts: { connect: '1s', head: '3s', body: '3s', requestHead: '5s', keepAlive: '5s', drain: '5s' },
  },
  { node: values.node, main: values.program },
);

async function startPlayer(): Promise<Player> {
  const player = new Player(await freePort());
  await player.start();
  return player;
}

let ids = 0;
const stage = { port: sidecar.ports.traffic, random, score, newId: () => `${++ids}-${Math.floor(random() * 1e9)}` };
const playing = new Set<Promise<void>>();
const MOST_SESSIONS = 600;
const TICK_MS = 10;
const CALM_MS = 250;
const LOOK_MS = 100;
const LOOKS = 30;
const ending = new AbortController();

/** On a machine that is too slow for the rate it takes longer: the first pause is compared with the last, and both must come after work. */
async function load(seconds: number): Promise<void> {
  const perTick = (Number(values.rate) / REQUESTS_PER_SESSION / 1000) * TICK_MS;
  const endMs = performance.now() + seconds * 1000;
  const enough = score.total + (Number(values.rate) * seconds) / 2;
  let due = 0;
  while ((performance.now() < endMs || score.total < enough) && sidecar.isRunning) {
    for (due += perTick; due >= 1; due -= 1) {
      if (playing.size >= MOST_SESSIONS) continue;
      const session: Promise<void> = playSession(stage).then(() => void playing.delete(session));
      playing.add(session);
    }
    await pause(TICK_MS);
  }
}

const acted = new Map<string, number>();
async function mischief(player: Player): Promise<void> {
  const names = Object.keys(ACTS);
  while (!ending.signal.aborted) {
    await pause(CALM_MS + random() * 3000);
    const name = names[Math.floor(random() * names.length)]!;
    acted.set(name, (acted.get(name) ?? 0) + 1);
    await ACTS[name]!(player, random);
    if (player === players[1]) await sidecar.setWeight(Math.floor(random() * 101));
  }
}

/** Lets everything end, and looks at what is still held. */
async function rest(): Promise<Holding> {
  while (playing.size > 0) await pause(50);
  // Longer than the pools keep idle connections, and than a closing connection lingers.
  await pause(6500);
  const held = await leastHeld(rests[0]?.sockets ?? 0);
  console.log(
    `${Math.round(performance.now() / 1000)} s: ${score.total} requests, RSS ${mib(held.rssBytes)}, ` +
      `${held.sockets} sockets, ${score.wrongs.length} wrong`,
  );
  return held;
}

/** What leaks is held for good; what ends late, or is just being asked of the admin API, is soon gone. */
async function leastHeld(enough: number): Promise<Holding> {
  let least = sidecar.holding();
  for (let look = 0; look < LOOKS && least.sockets > enough; look++) {
    await pause(LOOK_MS);
    const held = sidecar.holding();
    if (held.sockets < least.sockets) least = held;
  }
  return least;
}

const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;

const troubles = players.map(mischief);
const totalSeconds = Number(values.minutes) * 60;
const stretchSeconds = Math.min(Number(values.stretch), totalSeconds / 2);
const rests: Holding[] = [];
for (let played = 0; played < totalSeconds && sidecar.isRunning; played += stretchSeconds) {
  await load(stretchSeconds);
  if (sidecar.isRunning) rests.push(await rest());
}
ending.abort();
await Promise.all(troubles);

const complaints = [...score.wrongs];
if (sidecar.isRunning) {
  const inFlight = await sidecar.metric('weir_in_flight');
  if (inFlight !== 0) complaints.push(`${inFlight} requests are still counted as under way`);
  const code = await sidecar.stop();
  if (code !== 0) complaints.push(`the sidecar ended with ${code}`);
} else complaints.push('the sidecar is gone');
if (sidecar.log.includes('nobody caught'))
  complaints.push(sidecar.log.slice(sidecar.log.indexOf('nobody caught') - 2000));
const [first, last] = [rests[0]!, rests.at(-1)!];
if (last.sockets > first.sockets) complaints.push(`sockets grew from ${first.sockets} to ${last.sockets}`);
if (last.rssBytes > first.rssBytes * 1.25) {
  complaints.push(`memory grew from ${mib(first.rssBytes)} to ${mib(last.rssBytes)}`);
}
await Promise.all(players.map((player) => player.kill()));

console.log('\nwhat befell the upstreams:', Object.fromEntries(acted));
console.log('how requests ended:');
for (const [ending, count] of [...score.endings].toSorted((a, b) => b[1] - a[1])) console.log(`  ${count}  ${ending}`);
for (const complaint of complaints) console.log(`FAILED: ${complaint}`);
console.log(complaints.length === 0 ? 'the soak passed' : 'the soak failed');
process.exitCode = complaints.length === 0 ? 0 : 1;
