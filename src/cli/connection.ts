import { readFile } from 'node:fs/promises';
import type { Environment } from './output.ts';
import { isLoopback } from '../support/loopback.ts';
import { messageOf } from '../support/message.ts';

/** Where the admin API is, and who asks. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | null;
  /** A file of PEM certificates to trust for https, instead of the system's. */
  readonly ca: string | null;
  /** What is unwise about it, for a person. */
  readonly warning: string | null;
}

export interface ConnectionOptions {
  readonly admin?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
}

const ADMIN_DEFAULT = 'http://127.0.0.1:9901';

/** Options come before the environment. */
export async function connectionOf(
  options: ConnectionOptions,
  environment: Environment,
): Promise<Connection | { readonly mistake: string }> {
  const url = adminUrlOf(options.admin ?? given(environment['WEIR_ADMIN']) ?? ADMIN_DEFAULT);
  if ('mistake' in url) return url;
  if (options.token !== undefined && options.tokenFile !== undefined) {
    return { mistake: 'expected --token or --token-file, got both' };
  }
  const token = await tokenOf(options, environment);
  if (typeof token !== 'string' && token !== null) return token;
  const ca = options.ca ?? null;
  if (ca !== null && url.protocol !== 'https:') return { mistake: `--ca needs an https address, got ${url.text}` };
  const isOpen = token !== null && url.protocol === 'http:' && !isLoopback(url.hostname);
  const warning = isOpen ? `warning: the token goes to ${url.hostname} unencrypted; use https or a tunnel` : null;
  return { url: url.text, token, ca, warning };
}

interface AdminUrl {
  readonly text: string;
  readonly protocol: string;
  readonly hostname: string;
}

function adminUrlOf(text: string): AdminUrl | { readonly mistake: string } {
  const full = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const expected = `expected an address like ${ADMIN_DEFAULT}`;
  if (!URL.canParse(full)) return { mistake: `${expected}, got "${text}"` };
  const { protocol, hostname, username, password, search, hash, href } = new URL(full);
  if (protocol !== 'http:' && protocol !== 'https:') return { mistake: `${expected}, got "${text}"` };
  if (username !== '' || password !== '') return { mistake: `${expected}, got one with a user or password` };
  if (search !== '' || hash !== '') return { mistake: `${expected}, without query or fragment, got "${text}"` };
  return { text: href.replace(/\/+$/, ''), protocol, hostname };
}

/** What a header can carry as a bearer token. Source: RFC 6750, section 2.1. */
const TOKEN = /^[A-Za-z\d._~+/-]+=*$/;

async function tokenOf(
  { token, tokenFile }: ConnectionOptions,
  { WEIR_TOKEN, WEIR_TOKEN_FILE }: Environment,
): Promise<string | null | { readonly mistake: string }> {
  const direct = token ?? (tokenFile === undefined ? given(WEIR_TOKEN) : undefined);
  if (direct !== undefined) return checked(direct, token === undefined ? 'WEIR_TOKEN' : '--token');
  const file = tokenFile ?? given(WEIR_TOKEN_FILE);
  if (file === undefined) return null;
  try {
    return checked((await readFile(file, 'utf8')).trim(), file);
  } catch (error) {
    return { mistake: `the token cannot be read: ${messageOf(error)}` };
  }
}

/** Never says what it got: that may be a secret. */
function checked(token: string, from: string): string | { readonly mistake: string } {
  return TOKEN.test(token)
    ? token
    : { mistake: `expected a token in ${from}: one word of letters, digits and ._~+/-=` };
}

/** An empty variable is how scripts say "none". */
const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value);
