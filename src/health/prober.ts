import type { Release } from '../model/release.ts';
import type { ProbeSummary } from '../model/status.ts';
import { parseAddress } from '../model/upstream.ts';
import type { Side } from '../model/upstream.ts';
import { SIDES } from '../model/upstream.ts';
import type { Reason } from '../model/verdict.ts';
import { call, connectTo } from '../support/call.ts';
import type { Clock } from '../support/clock.ts';
import type { Random } from '../support/random.ts';
import type { ProbeCount, ProbeLimits, ProbeResult } from './probe.ts';
import { afterProbe, failuresOf, isDown, NO_PROBES, passesAlone, probeReason } from './probe.ts';

/** How upstreams are probed. */
export interface ProbeSettings extends ProbeLimits {
  readonly path: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Passes in a row that make a health check. */
  readonly passes: number;
}

/**
 * Asks the upstreams how they are. It has no timer: the beat calls it, and it sends what is due, each upstream's
 * probes apart by a jittered time so that many sidecars do not ask in step. An answer that comes when its release has
 * left the side, or after the settings changed, counts for nobody.
 */
export interface Prober {
  beat(nowMs: number): void;
  /** A release's life on this side begins anew: what failed before, while it waited, says nothing about this try. */
  restart(side: Side): void;
  /** The candidate's probes as a reason; null where there are none. */
  reason(): Reason | null;
  /** Why no candidate may get more just now; null when no probe speaks against it. */
  obstacle(): string | null;
  /** Whether the candidate has passed its health check; true where none is sent. */
  isChecked(): boolean;
  summary(side: Side): ProbeSummary | null;
  /** A health check at once, before a start or a return: null when it passed, else what was found. */
  check(release: Release): Promise<string | null>;
}

export interface ProberParts {
  /** Null while no probe is configured. */
  settings(): ProbeSettings | null;
  /** Who is to be probed now; null where nobody is. */
  upstreams(): Readonly<Record<Side, Release | null>>;
  readonly clock: Clock;
  readonly random: Random;
  /** An upstream has gone down or come up again. */
  tell(side: Side, release: Release, summary: ProbeSummary): void;
}

const JITTER_RATIO = 0.2;
const CHECK_PAUSE_MS = 100;
const CONNECT_WITHIN_MS = 2000;

interface Probed {
  release: Release | null;
  settings: ProbeSettings | null;
  count: ProbeCount;
  nextAtMs: number;
  isUnderWay: boolean;
}

export function createProber({ settings, upstreams, clock, random, tell }: ProberParts): Prober {
  const blank = (): Probed => ({ release: null, settings: null, count: NO_PROBES, nextAtMs: 0, isUnderWay: false });
  const probed: Record<Side, Probed> = { stable: blank(), candidate: blank() };

  function beat(nowMs: number): void {
    const now = settings();
    const wanted = upstreams();
    for (const side of SIDES) {
      const release = now === null ? null : wanted[side];
      const { release: former, settings: before } = probed[side];
      if (release?.version !== former?.version || release?.url !== former?.url || !isSame(now, before)) {
        // The first probes of a side are spread too.
        const nextAtMs = nowMs + (now === null ? 0 : random() * JITTER_RATIO * Math.min(now.everyMs, 1000));
        probed[side] = { ...blank(), release, settings: now, nextAtMs };
      }
      const place = probed[side];
      if (release === null || now === null || place.isUnderWay || nowMs < place.nextAtMs) continue;
      place.nextAtMs = nowMs + now.everyMs * (1 - JITTER_RATIO / 2 + JITTER_RATIO * random());
      place.isUnderWay = true;
      void probe(release, now).then((result) => note(side, place, result));
    }
  }

  function note(side: Side, place: Probed, result: ProbeResult): void {
    place.isUnderWay = false;
    if (probed[side] !== place || place.settings === null) return;
    take(side, afterProbe(place.count, result, place.settings.of));
  }

  function take(side: Side, count: ProbeCount): void {
    const place = probed[side];
    const { release, settings: limits } = place;
    if (release === null || limits === null) return;
    const wasDown = isDown(place.count, limits);
    place.count = count;
    if (isDown(count, limits) !== wasDown) tell(side, release, summaryOf(count, limits));
  }

  async function probe(release: Release, { path, timeoutMs }: ProbeSettings): Promise<ProbeResult> {
    const result = parseAddress(release.url);
    if ('mistake' in result) return { passed: false, text: result.mistake };
    const origin = result.address.protocol === 'unix:' ? 'http://localhost' : release.url.replace(/\/$/, '');
    const { ca, serverName } = release;
    const address = {
      ...result.address,
      ...(ca !== undefined && { ca }),
      ...(serverName !== undefined && { serverName }),
    };
    const startedAtMs = clock.monotonicMs();
    const { status, text } = await call({ method: 'GET', url: `${origin}${path}`, timeoutMs, address });
    const tookMs = Math.round(clock.monotonicMs() - startedAtMs);
    const passed = status >= 200 && status < 400;
    return { passed, text: status === 0 ? text : `${status} in ${tookMs} ms` };
  }

  async function check(release: Release): Promise<string | null> {
    const now = settings();
    if (now === null) {
      const result = parseAddress(release.url);
      if ('mistake' in result) return result.mistake;
      const { status, text } = await connectTo(result.address, CONNECT_WITHIN_MS);
      return status === 0 ? text : null;
    }
    for (let passes = 0; passes < now.passes; passes++) {
      if (passes > 0) await pause(CHECK_PAUSE_MS);
      const { passed, text } = await probe(release, now);
      if (!passed) return `GET ${now.path}: ${text}`;
    }
    return null;
  }

  function obstacle(): string | null {
    const now = settings();
    if (now === null) return null;
    const failing = SIDES.find((side) => probed[side].count.results.at(-1) === false);
    return failing === undefined ? null : `a passing probe of ${failing} (last: ${probed[failing].count.last})`;
  }

  return {
    beat,
    restart(side) {
      const count = passesAlone(probed[side].count);
      // A start by force of what has not passed is no recovery to be told of.
      if (count.passes === 0) probed[side].count = count;
      else take(side, count);
    },
    check,
    obstacle,
    reason() {
      const { count, settings: limits } = probed.candidate;
      return limits === null ? null : probeReason(count, limits);
    },
    isChecked() {
      const now = settings();
      return now === null || probed.candidate.count.passes >= now.passes;
    },
    summary(side) {
      const { release, count, settings: limits } = probed[side];
      return release === null || limits === null ? null : summaryOf(count, limits);
    },
  };
}

/** A file that is read again brings another object that says the same. */
function isSame(a: ProbeSettings | null, b: ProbeSettings | null): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function summaryOf(count: ProbeCount, limits: ProbeLimits): ProbeSummary {
  const { passes, last } = count;
  return { up: !isDown(count, limits), failures: failuresOf(count), of: limits.of, passes, last };
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
