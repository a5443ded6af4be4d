import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineOfToken } from '../../src/config/tokens.ts';
import type { Role } from '../../src/model/identity.ts';
import type { Clock } from '../../src/support/clock.ts';
import { systemClock } from '../../src/support/clock.ts';
import { secretBytes } from '../../src/support/random.ts';
import { mintToken } from '../../src/support/token.ts';
import type { Answer, Asked } from './client.ts';
import { ask } from './client.ts';
import type { Settings } from './settings.ts';
import { temporaryDirectory } from './settings.ts';
import { startUpstream } from './upstream.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';

const HOUR_MS = 3_600_000;

export interface Kind {
  readonly role?: Role;
  readonly name?: string;
  readonly once?: boolean;
  /** Wall clock; an hour from now unless told. */
  readonly expiresAtMs?: number | null;
}

/** A token and the line by which a file knows it. */
export function tokenOf({ role = 'operator', name = role, once = false, expiresAtMs }: Kind = {}) {
  const { token, id, sha256 } = mintToken(secretBytes);
  const createdAtMs = systemClock.wallMs();
  const expires = expiresAtMs === undefined ? createdAtMs + HOUR_MS : expiresAtMs;
  return { token, id, line: lineOfToken({ id, name, role, sha256, createdAtMs, expiresAtMs: expires, once }) };
}

export const bearer = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` });

/** A sidecar at 20 % whose admin port asks everybody who they are. */
export interface Guarded {
  readonly weir: Weir;
  readonly admin: string;
  readonly settings: Settings;
  readonly tokensFile: string;
  readonly operator: string;
  readonly viewer: string;
  /** Makes a token known; a running Weir finds it when it looks at the file again. */
  add(kind: Kind): string;
  /** Asks the admin port; a body is sent as JSON. */
  send(method: string, path: string, asked?: Omit<Asked, 'method'>): Promise<Answer>;
  /** What an attack must not change: the journal to the byte, and the status. */
  standing(): Promise<{ readonly journal: string; readonly status: unknown }>;
}

export async function startGuarded(
  { tokens = [], admin: settingsOfAdmin, more }: { tokens?: readonly string[]; admin?: object; more?: object } = {},
  clock?: Clock,
): Promise<Guarded> {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const state = join(temporaryDirectory(), 'state');
  const tokensFile = join(temporaryDirectory(), 'tokens.jsonl');
  const [operator, viewer] = [tokenOf({ role: 'operator', name: 'ada' }), tokenOf({ role: 'viewer', name: 'bob' })];
  writeFileSync(tokensFile, [operator.line, viewer.line, ...tokens].join(''));
  const settings: Settings = {
    stable: stable.url,
    candidate: candidate.url,
    weight: '20%',
    state,
    more: { admin: { tokensFile, ...settingsOfAdmin }, ...more },
  };
  const weir = await startWeir(settings, clock);
  const admin = `http://127.0.0.1:${weir.ports.admin}`;
  const send: Guarded['send'] = (method, path, { headers, ...asked } = {}) =>
    ask(`${admin}${path}`, { method, headers: { 'content-type': 'application/json', ...headers }, ...asked });
  return {
    weir,
    admin,
    settings,
    tokensFile,
    operator: operator.token,
    viewer: viewer.token,
    add(kind) {
      const { token, line } = tokenOf(kind);
      appendFileSync(tokensFile, line);
      return token;
    },
    send,
    async standing() {
      const { text } = await send('GET', '/v1/status', { headers: bearer(viewer.token) });
      return { journal: readFileSync(join(state, 'journal.jsonl'), 'utf8'), status: JSON.parse(text) as unknown };
    },
  };
}

/** Status and code of an answer, as an attack should find them. */
export function refusalOf({ status, text }: Answer): string {
  const { code }: { code?: string } = JSON.parse(text);
  return `${status} ${code}`;
}
