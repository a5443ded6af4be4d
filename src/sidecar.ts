import type { RequestListener, Server } from 'node:http';
import { createAdminApi } from './admin/api.ts';
import { type Endpoint, formatEndpoint } from './config/endpoint.ts';
import type { Config } from './config/schema.ts';
import { createJudge } from './health/judge.ts';
import { createObserver } from './health/observe.ts';
import { observedAt } from './health/observed.ts';
import { recordOf } from './health/record.ts';
import { createSplitCheck } from './health/split-check.ts';
import { createTally } from './health/tally.ts';
import { slotMsOf } from './health/window.ts';
import type { Exchange } from './model/outcome.ts';
import type { Snapshot } from './model/status.ts';
import { CANDIDATE, STABLE } from './model/upstream.ts';
import type { Verdict } from './model/verdict.ts';
import { begin } from './release/begin.ts';
import { createControl } from './release/control.ts';
import { blankRollout, fold } from './release/fold.ts';
import { BEAT_MS, createHeartbeat } from './release/heartbeat.ts';
import { openJournal } from './release/journal.ts';
import { bind, closeServer, listenOn } from './support/bind.ts';
import type { Clock } from './support/clock.ts';
import type { Random } from './support/random.ts';
import type { Log } from './tell/log.ts';
import { createMetrics } from './tell/metrics.ts';
import { narrate } from './tell/narrate.ts';
import { createRecordingNarrator } from './tell/recording.ts';
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
  const { service, guards } = config;
  const declaration = { stable: config.stable, candidate: config.candidate, share: config.share };

  // Memory: what an earlier run wrote down.
  const opened = await openJournal(config.journal.dir, clock);
  const { journal } = opened;
  const replayed = opened.events.reduce(fold, blankRollout(declaration, clock.wallMs()));
  const rollbacks = createRollbackCount();
  for (const event of opened.events) rollbacks.note(event);

  // Accept, route, forward: the data plane.
  const tally = createTally(guards.p95Ms);
  const observer = createObserver({ windowMs: guards.windowMs, p95LimitMs: guards.p95Ms, tally });
  const splitCheck = createSplitCheck(config.sticky === null);
  const observe = {
    ...observer,
    dispatched(exchange: Exchange, nowMs: number): void {
      observer.dispatched(exchange, nowMs);
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
    split: { ...replayed, share: 0 },
  });

  // Judge, act, record: the control plane.
  const control = createControl({
    service,
    rollout: replayed,
    journal,
    clock,
    newId: world.newId,
    publish: ({ stable, candidate }, share) => {
      dataPlane.publish({ share, stable, candidate });
      if (splitCheck.follow(share)) observer.beginStep(CANDIDATE, clock.monotonicMs());
    },
    restartWindow: () => observer.restart(CANDIDATE),
    tell: (events) => {
      for (const event of events) {
        rollbacks.note(event);
        narrate(log, event);
      }
    },
  });
  const slotMs = slotMsOf(guards.windowMs);
  const judge = createJudge(guards, slotMs);
  const heartbeat = createHeartbeat({
    rollout: control.rollout,
    take: control.take,
    judge: (nowMs) => judge.judge(observedAt(observer, nowMs)),
    evidenceAt: (nowMs) => recordOf(guards, slotMs, observedAt(observer, nowMs)),
    traceIdsOf: ({ reasons }: Verdict) => {
      const broken = reasons.filter(({ relation }) => relation === '>');
      return [...new Set(broken.flatMap(({ measure }) => observer.traceIdsOf(CANDIDATE, measure)))].slice(0, 5);
    },
  });

  // Tell: everything that looks and nothing that acts.
  let isReady = false;
  let isDraining = false;
  const look = (): Snapshot => {
    const nowMs = clock.monotonicMs();
    const verdict = heartbeat.verdict();
    const isWaiting = verdict.kind === 'inconclusive' && verdict.reasons.length > 0;
    return {
      service,
      rollout: control.rollout(),
      share: control.share(),
      verdict,
      waitingFor: isWaiting ? judge.prospect(observedAt(observer, nowMs)) : null,
      splitSuspicion: splitCheck.suspicion(),
      windows: { stable: observer.summaryOf(STABLE, nowMs), candidate: observer.summaryOf(CANDIDATE, nowMs) },
      recording: journal.recording(),
    };
  };
  const report = (error: unknown): void => log.error({ error }, 'something failed inside; traffic goes on');
  const admin = createAdminApi({ look, history: () => journal.events(), ask: control.ask, report });
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
    declaration,
    control,
    log,
    resumeWithinMs: config.journal.resumeWithinMs,
    nowMs: clock.wallMs(),
  });
  const beat = startBeat();
  isReady = true;
  log.info({ ports, stable: config.stable.version, candidate: config.candidate?.version }, 'serving');

  function startBeat(): NodeJS.Timeout {
    let lastMs = clock.monotonicMs();
    const narrateRecording = createRecordingNarrator(log);
    const narrateSplit = createSplitNarrator(log);
    return setInterval(() => {
      const nowMs = clock.monotonicMs();
      if (nowMs - lastMs > BEAT_MS + STALL_MS) observer.stalled(lastMs, nowMs);
      lastMs = nowMs;
      observer.markOverdue(nowMs);
      heartbeat.tick(nowMs).catch(report);
      control.tend().catch(report);
      narrateRecording(journal.recording());
      narrateSplit(splitCheck.suspicion());
    }, BEAT_MS);
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

  return { ports, stop };
}
