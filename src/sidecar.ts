import type { RequestListener, Server } from 'node:http';
import { createAdminApi } from './admin/api.ts';
import { differencesBetween, refusalsOf } from './config/differences.ts';
import { type Endpoint, formatEndpoint } from './config/endpoint.ts';
import { type ConfigResult, formatMistake } from './config/load.ts';
import { declarationOf, policyOf } from './config/rollout.ts';
import type { Config } from './config/schema.ts';
import { createLens } from './health/lens.ts';
import { createSplitCheck } from './health/split-check.ts';
import { createTally } from './health/tally.ts';
import type { Exchange } from './model/outcome.ts';
import type { Snapshot } from './model/status.ts';
import { CANDIDATE, STABLE } from './model/upstream.ts';
import type { Verdict } from './model/verdict.ts';
import { begin } from './release/begin.ts';
import { createEngine } from './release/engine.ts';
import { blankRollout, fold } from './release/fold.ts';
import { BEAT_MS } from './release/heartbeat.ts';
import { openJournal } from './release/journal.ts';
import { bind, closeServer, listenOn } from './support/bind.ts';
import type { Clock } from './support/clock.ts';
import type { Random } from './support/random.ts';
import { withRollout } from './tell/context.ts';
import { createFailureLog } from './tell/failures.ts';
import type { Log } from './tell/log.ts';
import { createMetrics } from './tell/metrics.ts';
import { narrate } from './tell/narrate.ts';
import { createProbeNarrator } from './tell/probes.ts';
import { createRecordingNarrator } from './tell/recording.ts';
import { createReloadRecord } from './tell/reload.ts';
import { createRollbackCount } from './tell/rollbacks.ts';
import { createSplitNarrator } from './tell/split.ts';
import { createTelemetry } from './tell/telemetry.ts';
import { createDataPlane } from './traffic/data-plane.ts';

// Importing this module by name would touch all of its exports, one of which loads Node's whole fetch client.
const { createServer } = process.getBuiltinModule('node:http');

/** What the process lends to the sidecar: time, chance and a place to speak. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly log: Log;
  readonly version: string;
}

export interface Sidecar {
  /** Where it listens; the ports are the real ones where the configuration said 0. */
  readonly ports: { readonly traffic: number; readonly admin: number; readonly telemetry: number };
  /** What the configuration file says now: put in force whole, or refused whole and told. */
  reload(result: ConfigResult): Promise<void>;
  /** Drains, writes the journal's end and closes every port. */
  stop(): Promise<void>;
}

/** An event loop that turned this much too late measured nobody's latency. */
const STALL_MS = 50;

/**
 * The composition root: builds each stage and joins them, left to right, in the order in which data
 * flows. Rejects with a BindError when a port is taken; nothing else about the outside stops the start.
 */
export async function startSidecar(config: Config, world: World): Promise<Sidecar> {
  const { clock, log } = world;
  const { service } = config;
  let current = config;

  // Memory: what an earlier run wrote down.
  const opened = await openJournal(config.journal.dir, clock);
  const { journal } = opened;
  const replayed = opened.events.reduce(fold, blankRollout(declarationOf(config), clock.wallMs()));
  const rollbacks = createRollbackCount();
  for (const event of opened.events) rollbacks.note(event);

  // Accept, route, forward: the data plane.
  const tally = createTally(config.guards.p95Ms);
  const lens = createLens({ guards: config.guards, tally, failed: createFailureLog(log) });
  const splitCheck = createSplitCheck(config.sticky === null);
  const observe = {
    ...lens,
    dispatched(exchange: Exchange, nowMs: number): void {
      lens.dispatched(exchange, nowMs);
      splitCheck.dispatched(exchange);
    },
    shielded: tally.shielded,
    refused(): void {
      tally.refused();
      splitCheck.refused();
    },
  };
  const dataPlane = createDataPlane({
    ...config,
    clock,
    random: world.random,
    observe,
    split: { stable: replayed.stable, candidate: null, share: 0 },
  });

  // Judge, act, record: the control plane.
  const engine = createEngine({
    service,
    rollout: replayed,
    journal,
    clock,
    random: world.random,
    newId: world.newId,
    policy: () => policyOf(current),
    probe: () => current.probe,
    publish: (sides, share) => {
      dataPlane.publish({ ...sides, share });
      if (splitCheck.follow(share)) lens.beginStep(CANDIDATE, clock.monotonicMs());
    },
    restartWindow: (side) => lens.restart(side === 'stable' ? STABLE : CANDIDATE),
    inFlight: () => lens.inFlight(CANDIDATE),
    judge: lens.judge,
    evidenceAt: lens.evidenceAt,
    traceIdsOf: ({ reasons }: Verdict) => {
      const broken = reasons.filter(({ relation }) => relation === '>');
      return [...new Set(broken.flatMap(({ measure }) => lens.traceIdsOf(CANDIDATE, measure)))].slice(0, 5);
    },
    tellProbe: (side, release, summary) => tellProbe(side, release, summary),
    tell: (events) => {
      for (const event of events) {
        rollbacks.note(event);
        narrate(log, event);
      }
    },
  });
  const { control } = engine;

  // Tell: everything that looks and nothing that acts.
  const controlLog = withRollout(log, control.rollout);
  const tellProbe = createProbeNarrator(controlLog);
  const reloads = createReloadRecord(controlLog, clock.wallMs());
  let isReady = false;
  let isDraining = false;
  const look = (): Snapshot => {
    const nowMs = clock.monotonicMs();
    const verdict = engine.verdict();
    const isWaiting = verdict.kind === 'inconclusive' && verdict.reasons.length > 0;
    return {
      service,
      rollout: control.rollout(),
      share: control.share(),
      verdict,
      waitingFor: isWaiting ? lens.prospect(nowMs) : null,
      splitSuspicion: splitCheck.suspicion(),
      windows: { stable: lens.summaryOf(STABLE, nowMs), candidate: lens.summaryOf(CANDIDATE, nowMs) },
      probes: engine.probes(),
      pace: engine.pace(nowMs),
      reload: reloads.read(),
      recording: journal.recording(),
    };
  };
  const report = (error: unknown): void => log.error({ error }, 'something failed inside; traffic goes on');
  const admin = createAdminApi({ look, history: () => journal.events(), ask: engine.ask, report });
  const metrics = createMetrics({
    look,
    tally: () => tally.read(),
    tunnels: dataPlane.tunnels,
    rollbacks: () => rollbacks.read(),
    journalWriteFailures: () => journal.writeFailures(),
    build: { version: world.version, node: process.versions.node },
  });
  const readiness = () => {
    if (isDraining) return { ready: false, reason: 'draining' };
    return isReady ? { ready: true, reason: 'ok' } : { ready: false, reason: 'starting' };
  };
  const telemetry = createTelemetry({ metrics, ready: readiness, report });

  // Bind before anything is recorded: a start that fails must leave no trace.
  const servers: Server[] = [];
  const serve = (name: string, { host, port }: Endpoint, requested: RequestListener): Promise<number> => {
    const server = createServer(requested);
    servers.push(server);
    return bind(name, formatEndpoint({ host, port }), () => listenOn(server, host, port));
  };
  const ports = { traffic: 0, admin: 0, telemetry: 0 };
  try {
    const { traffic } = config.listen;
    ports.admin = await serve('admin', config.listen.admin, admin);
    ports.telemetry = await serve('telemetry', config.listen.telemetry, telemetry);
    ports.traffic = await bind('traffic', formatEndpoint(traffic), () => dataPlane.listen(traffic.host, traffic.port));
  } catch (error) {
    await Promise.all(servers.map(closeServer));
    await journal.abandon();
    throw error;
  }

  await begin({
    opened,
    declaration: declarationOf(config),
    control,
    log: controlLog,
    resumeWithinMs: config.journal.resumeWithinMs,
    nowMs: clock.wallMs(),
  });
  const beat = startBeat();
  isReady = true;
  log.info({ ports, stable: config.stable.version, candidate: config.candidate?.version }, 'serving');

  function startBeat(): NodeJS.Timeout {
    let lastMs = clock.monotonicMs();
    const narrateRecording = createRecordingNarrator(controlLog);
    const narrateSplit = createSplitNarrator(controlLog);
    return setInterval(() => {
      const nowMs = clock.monotonicMs();
      if (nowMs - lastMs > BEAT_MS + STALL_MS) lens.stalled(lastMs, nowMs);
      lastMs = nowMs;
      lens.markOverdue(nowMs);
      engine.beat(nowMs).catch(report);
      narrateRecording(journal.recording());
      narrateSplit(splitCheck.suspicion());
    }, BEAT_MS);
  }

  async function reload(result: ConfigResult): Promise<void> {
    const known = control.rollout().releases.map(({ release }) => release);
    const mistakes =
      'mistakes' in result ? result.mistakes.map(formatMistake) : refusalsOf(current, result.config, known);
    if ('mistakes' in result || mistakes.length > 0) return reloads.refused(clock.wallMs(), mistakes);
    const { adjustable } = differencesBetween(current, result.config);
    const isNews = JSON.stringify(result.config) !== JSON.stringify(current);
    current = result.config;
    lens.refocus(current.guards);
    dataPlane.adjust(current);
    await control.take({ kind: 'declare', declaration: declarationOf(current), lapsed: false });
    if (adjustable.length > 0) {
      await control.take({ kind: 'configure', reason: `the configuration file changed ${adjustable.join(', ')}` });
    }
    reloads.succeeded(clock.wallMs(), isNews);
  }

  async function stop(): Promise<void> {
    isDraining = true;
    log.info({}, 'draining');
    const { cut } = await dataPlane.drain();
    clearInterval(beat);
    await Promise.all(servers.map(closeServer));
    await journal.close();
    log.info({ cut }, cut === 0 ? 'drained' : 'drained; what had not ended in time was cut');
  }

  return { ports, reload, stop };
}
