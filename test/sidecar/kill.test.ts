import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { RolloutEvent } from '../../src/model/event.ts';
import { shareOf } from '../../src/model/rollout.ts';
import { weightsOf } from '../../src/model/split.ts';
import { blankRollout, fold } from '../../src/release/fold.ts';
import { readEvents } from '../../src/release/replay.ts';
import { seededRandom } from '../../src/support/random.ts';
import type { Doors } from './doors.ts';
import { startLoad } from './load.ts';
import { configText, temporaryDirectory } from './settings.ts';
import { startProgramWith } from './spawn.ts';
import { failing, startUpstream } from './upstream.ts';

/** A few in every run of the tests; `WEIR_KILLS=200 vitest run test/sidecar/kill.test.ts` for as many as were promised. */
const KILLS = Number(process.env['WEIR_KILLS'] ?? 4);
const SEED = Number(process.env['WEIR_SEED'] ?? 1);
const LONGEST_LIFE_MS = 700;
const PLAN = [
  { weight: '5%', hold: '60ms' },
  { weight: '25%', hold: '60ms' },
  { weight: '60%', hold: '60ms' },
  { weight: '100%', hold: '60ms' },
];

it(
  `kill -9 at ${KILLS} random moments of a rollout under load leaves what the journal says, and never more candidate`,
  async () => {
    const random = seededRandom(SEED);
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
    const state = join(temporaryDirectory(), 'state');
    const file = join(temporaryDirectory(), 'weir.json');
    const more = { plan: PLAN, promote: 'auto', rollout: { bake: '100ms' }, breaker: { rollbacks: 100_000 } };
    const guards = { window: '10s', errors: '20%', minRequests: 5 };
    writeFileSync(file, configText({ stable: stable.url, candidate: candidate.url, state, guards, more }));
    const journal = (): readonly RolloutEvent[] => {
      const { events, mistake } = readEvents(readFileSync(join(state, 'journal.jsonl')));
      expect(mistake).toBeNull();
      return events;
    };

    let before: readonly RolloutEvent[] = [];
    let phases = new Set<string>();
    for (let kill = 0; kill < KILLS; kill++) {
      const weir = await startProgramWith(file);
      if (kill > 0) {
        const status = await weir.status();
        // What the status tells, the history that is asked for after it tells too, be it on disk by then or not.
        expectResumed(before, journal(), await weir.history(), status);
      }
      candidate.answer = random() < 0.3 ? failing : (_request, response) => void response.end('candidate');
      const load = startLoad(weir.traffic, { perSecond: 200 });
      const life = pause(random() * LONGEST_LIFE_MS);
      const acting = act(weir, random, candidate.url, kill);
      await life;
      weir.kill('SIGKILL');
      expect(await weir.ended).toEqual({ code: null, signal: 'SIGKILL' });
      await Promise.all([acting, load.stop()]);
      before = journal();
      phases = phases.add(before.at(-1)?.phase ?? 'none');
    }
    console.info(`${KILLS} kills, ${before.at(-1)?.seq ?? 0} events, killed in ${[...phases].toSorted().join(', ')}`);
  },
  240_000 + KILLS * 15_000,
);

/** What was written is still there; what came after began where it ended, and with no more candidate than it says. */
function expectResumed(
  before: readonly RolloutEvent[],
  onDisk: readonly RolloutEvent[],
  history: readonly RolloutEvent[],
  status: Awaited<ReturnType<Doors['status']>>,
): void {
  const last = before.at(-1)!;
  const kept = onDisk.filter(({ seq }) => seq <= last.seq);
  expect(kept.at(-1)).toEqual(last);
  const rollout = before.reduce(fold, blankRollout(last.declared, 0));
  const next = history.find(({ seq }) => seq === last.seq + 1);
  // Time may have passed before anybody could look: then the first event says from where it went on.
  if (next === undefined) {
    expect([status.phase, status.revision]).toEqual([rollout.phase, rollout.revision]);
    const inForce = status.phase === 'promoted' ? status.weights.stable : status.weights.candidate;
    expect(inForce).toBe(weightsOf(shareOf(rollout)).candidate);
  }
  if (next !== undefined) expect(next.weights.before).toEqual(weightsOf(shareOf(rollout)));
  if (status.phase === 'rolled-back') expect(status.weights.candidate).toBe(0);
}

/** A few commands in a hurry; whatever becomes of them. */
async function act(weir: Doors, random: () => number, url: string, life: number): Promise<void> {
  const changes: [string, string, object][] = [
    ['POST', '/v1/rollout', { version: `v${life + 10}`, url }],
    ['POST', '/v1/rollout/pause', {}],
    ['POST', '/v1/rollout/resume', {}],
    ['POST', '/v1/rollout/advance', {}],
    ['POST', '/v1/rollback', { reason: 'kill' }],
    ['PUT', '/v1/weights', { candidate: Math.floor(random() * 101) }],
  ];
  for (let count = 0; count < 8; count++) {
    const [method, path, body] = changes[count === 0 ? 0 : Math.floor(random() * changes.length)]!;
    const isOver = await weir.change(method, path, body).then(
      () => false,
      () => true,
    );
    if (isOver) return;
    await pause(random() * 100);
  }
}
