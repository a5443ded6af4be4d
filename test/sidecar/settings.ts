import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A place of its own for one test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'weir-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * What a test says of the configuration; the rest is chosen so that nothing happens by itself, however slow the machine
 * is and however long it stands still.
 */
export interface Settings {
  readonly stable: string;
  /** Its URL; its version is v2. */
  readonly candidate?: string | undefined;
  readonly candidateVersion?: string;
  /** Whom both upstreams must be believed by: `ca` and `serverName`. */
  readonly trust?: object;
  readonly weight?: string;
  readonly guards?: object;
  readonly sticky?: object;
  readonly override?: object;
  readonly shield?: object;
  readonly timeouts?: object;
  readonly limits?: object;
  readonly listen?: object;
  readonly state?: string;
  readonly resumeWithin?: string;
  readonly logFile?: string;
  /** Further keys, or others, as they stand in the file. */
  readonly more?: object;
}

const ANY_PORT = '127.0.0.1:0';

/** The configuration file's text: JSON, which is YAML too. */
export function configText(settings: Settings): string {
  const { stable, candidate, candidateVersion = 'v2', trust, weight, guards, timeouts, limits, listen } = settings;
  const { sticky, override, shield } = settings;
  return JSON.stringify({
    service: 'shop',
    listen: { traffic: ANY_PORT, admin: ANY_PORT, telemetry: ANY_PORT, ...listen },
    stable: { version: 'v1', url: stable, ...trust },
    ...(candidate !== undefined && { candidate: { version: candidateVersion, url: candidate, ...trust } }),
    ...(weight !== undefined && { weight }),
    guards: guards ?? { errors: null, p95: null },
    ...(sticky !== undefined && { sticky }),
    ...(override !== undefined && { override }),
    ...(shield !== undefined && { shield }),
    timeouts: { drain: '0s', connect: '1m', ...timeouts },
    limits: { loopDelay: '1h', ...limits },
    journal: {
      dir: settings.state ?? join(temporaryDirectory(), 'state'),
      resumeWithin: settings.resumeWithin ?? '10m',
    },
    log: { level: 'info', file: settings.logFile ?? null },
    ...settings.more,
  });
}
