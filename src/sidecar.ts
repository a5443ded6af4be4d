import { createAdminApi } from './admin/api.ts';
import type { ConfigResult } from './config/load.ts';
import { declarationOf, policyOf } from './config/rollout.ts';
import type { Config } from './config/schema.ts';
import { CANDIDATE } from './model/upstream.ts';
import { begin } from './release/begin.ts';
import { createEngine } from './release/engine.ts';
import { blankRollout } from './release/fold.ts';
import { openJournal } from './release/journal-file.ts';
import { createAskHere } from './sidecar/ask-here.ts';
import { startBeat } from './sidecar/beat.ts';
import { openDoors } from './sidecar/doors.ts';
import { createEnding, type Ending } from './sidecar/ending.ts';
import { createLive } from './sidecar/live.ts';
import { createLook } from './sidecar/look.ts';
import { createMeasures } from './sidecar/measure.ts';
import { openMembership } from './sidecar/membership.ts';
import { bindPorts, type Ports } from './sidecar/ports.ts';
import { createReload } from './sidecar/reload.ts';
import { createServing } from './sidecar/serving.ts';
import type { Clock } from './support/clock.ts';
import type { Random } from './support/random.ts';
import { withRollout } from './tell/context.ts';
import type { Log } from './tell/log.ts';
import { createMetrics } from './tell/metrics.ts';
import { narrate } from './tell/narrate.ts';
import { createProbeNarrator } from './tell/probes.ts';
import { createRecordingNarrator } from './tell/recording.ts';
import { createReloadRecord } from './tell/reload.ts';
import { createRollbackCount } from './tell/rollbacks.ts';
import { createSplitNarrator } from './tell/split.ts';
import { createTelemetry } from './tell/telemetry.ts';
import { createWebhooks } from './tell/webhooks/webhooks.ts';
import { createDataPlane } from './traffic/data-plane.ts';

/** What the process lends to the sidecar: time, chance, a place to speak and memory. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly log: Log;
  readonly version: string;
  /** Gives memory back; called once, when everything is built and the first beat is yet to come. */
  readonly collectGarbage?: () => void;
}

export interface Sidecar extends Ending {
  /** Where it listens; the ports are the real ones where the configuration said 0. */
  readonly ports: Ports;
  /** What the configuration file says now: put in force whole, or refused whole and told. */
  reload(result: ConfigResult): Promise<void>;
}

const DOUBTED = 'one-time tokens count as used, because the journal that would say so was lost or set aside';

const UNTRUSTED = 'certificates cannot be read: nobody is believed where they are needed, and no request is sent there';

/**
 * The composition root: builds each stage and joins them, left to right, in the order in which data
 * flows. Rejects with a BindError when a port is taken; nothing else about the outside stops the start.
 */
export async function startSidecar(config: Config, world: World): Promise<Sidecar> {
  const { clock, log, version } = world;
  const { service } = config;
  let current = config;

  // Who may ask. Where what an earlier run wrote down is lost, nobody knows which one-time tokens have been used.
  const isSpent = (id: string) => control.rollout().spentTokens.some((token) => token.id === id);
  const doors = await openDoors(config.admin, { clock, log, isSpent });

  // Memory: what an earlier run wrote down.
  const opened = await openJournal(config.journal.dir, service, clock);
  const doubted = opened.setAside === null ? [] : doors.oneTimeTokens();
  if (doubted.length > 0) log.warn({ ids: doubted.map(({ id }) => id) }, DOUBTED);
  const blank = blankRollout(declarationOf(config), clock.wallMs(), doubted);

  // Accept, route, forward: the data plane.
  const { tally, lens, splitCheck, observe, traceIdsOf } = createMeasures(config, log);
  const membership = await openMembership({
    ...world,
    config,
    opened,
    blank,
    lens,
    recap: () => engine.control.recap(),
  });
  const { rollout: replayed, isOurs } = membership;
  const rollbacks = createRollbackCount();
  for (const event of opened.events) rollbacks.note(event, isOurs(event));
  const { journal } = membership.control;
  const dataPlane = createDataPlane({
    ...config,
    clock,
    random: world.random,
    observe,
    report: (error) => log.error({ error }, UNTRUSTED),
    split: { stable: replayed.stable, candidate: null, share: 0 },
  });

  // Judge, act, record: the control plane.
  const engine = createEngine({
    ...world,
    ...membership.control,
    service,
    rollout: replayed,
    policy: () => policyOf(current),
    probe: () => current.probe,
    publish: (sides, share) => {
      dataPlane.publish({ ...sides, share });
      if (splitCheck.follow(share)) membership.beginStep(share);
    },
    restartWindow: membership.restartWindow,
    inFlight: () => lens.inFlight(CANDIDATE) + dataPlane.releasedTunnels(),
    traceIdsOf,
    tellProbe: (side, release, summary) => tellProbe(side, release, summary),
    tell: (events) => {
      for (const event of events) {
        rollbacks.note(event, isOurs(event));
        narrate(log, event);
        webhooks.note(event, isOurs(event));
      }
      live.tell(events);
    },
  });
  const { control } = engine;

  // Tell: everything that looks and nothing that acts.
  const controlLog = withRollout(log, control.rollout);
  const tellProbe = createProbeNarrator(controlLog);
  const webhooks = createWebhooks({
    ...world,
    service,
    receivers: config.webhooks,
    candidate: replayed.candidate?.version ?? null,
  });
  const reloads = createReloadRecord(controlLog, clock.wallMs());
  const look = createLook({
    service,
    clock,
    engine,
    lens,
    splitCheck,
    journal,
    membership,
    reloads,
    guards: () => current.guards,
  });
  const report = (error: unknown): void => log.error({ error }, 'something failed inside; traffic goes on');
  const history = () => journal.events();
  const live = createLive({ clock, look, tally: () => tally.read(), events: history, isStillGood: doors.isStillGood });
  const stages = {
    look,
    history,
    ask: createAskHere({ ...engine, lowerHere: membership.lowerHere }),
    events: live.open,
    isStillGood: doors.isStillGood,
  };
  const admin = createAdminApi({ ...stages, report, version, doors: doors.handlers });
  const serving = createServing();
  const metrics = createMetrics({
    look,
    isReady: () => serving.read().ready,
    tally: () => tally.read(),
    tunnels: dataPlane.tunnels,
    rollbacks: () => rollbacks.read(),
    journalWriteFailures: () => journal.writeFailures(),
    webhooks: webhooks.read,
    build: { version, node: process.versions.node },
  });
  const telemetry = createTelemetry({ metrics, ready: serving.read, report });

  // Bind before anything is recorded: a start that fails must leave no trace.
  const bound = await bindPorts(config.listen, { admin, telemetry, traffic: dataPlane.listen }).catch(async (error) => {
    doors.close();
    await membership.abandon();
    throw error;
  });
  const { ports } = bound;

  await begin({
    opened,
    ...(await membership.join(declarationOf(config))),
    declaration: declarationOf(config),
    control,
    log: controlLog,
    resumeWithinMs: config.journal.resumeWithinMs,
    nowMs: clock.wallMs(),
  });
  world.collectGarbage?.();
  const narrateRecording = createRecordingNarrator(controlLog);
  const narrateSplit = createSplitNarrator(controlLog);
  const beat = startBeat({
    clock,
    stalled: lens.stalled,
    beat(nowMs) {
      lens.markOverdue(nowMs);
      membership.beat(nowMs);
      engine.beat(nowMs).catch(report);
      narrateRecording(journal.recording());
      narrateSplit(splitCheck.suspicion());
    },
  });
  live.start();
  serving.begin();
  // Those in force, which after a restart need not be those of the file.
  const { stable, candidate } = control.rollout();
  log.info({ ports, stable: stable.version, candidate: candidate?.version }, 'serving');

  const reload = createReload({
    clock,
    control,
    reloads,
    webhooks,
    current: () => current,
    adopt(next) {
      current = next;
      membership.refocus(next.guards);
      dataPlane.adjust(next);
      webhooks.adjust(next.webhooks);
    },
  });

  const ending = createEnding({
    clock,
    log,
    serving,
    dataPlane,
    drainMs: config.timeouts.drainMs,
    live,
    beat,
    ports: bound,
    webhooks,
    doors,
    membership,
  });
  return { ports, reload, ...ending };
}
