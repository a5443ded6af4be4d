import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../ports.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';
import { aclLine } from './acl.ts';
import type { RedisServer } from './redis-server.ts';
import { startRedis } from './redis-server.ts';

export const FIRST_PASSWORD = 'the-first-secret';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A server that members may enter only by TLS, as the documented user; the test itself enters it by another port. */
export interface TlsRedis {
  readonly server: RedisServer;
  readonly port: number;
  /** Of the authority that has signed its certificate. */
  readonly ca: string;
  /** Of one that has not. */
  readonly otherCa: string;
  /** For the members' configuration. */
  readonly files: { readonly caFile: string; readonly usernameFile: string; readonly passwordFile: string };
  /** From now on the server shows a certificate for this name. */
  rename(subject: string): Promise<void>;
}

/** What servers show that are entered by TLS at 127.0.0.1, and who has signed it. */
export interface Shown {
  readonly ca: string;
  readonly options: readonly string[];
}

export function createShown(): Shown {
  const dir = temporaryDirectory();
  const authority = createAuthority(dir, 'one');
  return { ca: authority.cert, options: shownBy(authority, issue(dir, authority, 'IP:127.0.0.1')) };
}

const shownBy = (authority: Certificate, { key, cert }: Certificate): readonly string[] => [
  '--tls-auth-clients',
  'no',
  '--tls-ca-cert-file',
  authority.cert,
  '--tls-cert-file',
  cert,
  '--tls-key-file',
  key,
];

export async function startTlsRedis(): Promise<TlsRedis> {
  const dir = temporaryDirectory();
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const [authority, other] = [createAuthority(dir, 'one'), createAuthority(dir, 'other')];
  const shown = shownBy(authority, issue(dir, authority, 'IP:127.0.0.1'));
  const users = ['user default on nopass ~* &* +@all', aclLine(FIRST_PASSWORD)];
  const port = await freePort();
  const acl = ['--aclfile', file('users.acl', `${users.join('\n')}\n`)];
  const server = await startRedis(['--tls-port', String(port), ...shown, ...acl]);
  onTestFinished(() => server.stop());
  return {
    server,
    port,
    ca: authority.cert,
    otherCa: other.cert,
    files: {
      caFile: authority.cert,
      usernameFile: file('username', 'weir\n'),
      passwordFile: file('password', `${FIRST_PASSWORD}\n`),
    },
    async rename(subject) {
      const renewed = issue(dir, authority, subject);
      await server.command('CONFIG', 'SET', 'tls-cert-file', renewed.cert, 'tls-key-file', renewed.key);
    },
  };
}

const KIND = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

function createAuthority(dir: string, name: string): Certificate {
  return made(join(dir, name), ['-subj', `/CN=${name}`]);
}

function issue(dir: string, authority: Certificate, subject: string): Certificate {
  const name = subject.replaceAll(/\W/g, '-');
  const signed = ['-CA', authority.cert, '-CAkey', authority.key, '-addext', 'basicConstraints=critical,CA:FALSE'];
  return made(join(dir, name), ['-subj', '/CN=redis', '-addext', `subjectAltName=${subject}`, ...signed]);
}

function made(path: string, options: readonly string[]): Certificate {
  const certificate = { key: `${path}.key`, cert: `${path}.pem` };
  execFileSync('openssl', ['req', ...KIND, '-keyout', certificate.key, '-out', certificate.cert, ...options], {
    stdio: 'ignore',
  });
  return certificate;
}
