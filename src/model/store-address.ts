/** Where the store is: one server, a primary that sentinels know, or a cluster. */
export interface StoreAddress {
  readonly kind: 'server' | 'sentinel' | 'cluster';
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  /** The primary's name among the sentinels; '' elsewhere. */
  readonly primary: string;
  /** Number of the database; 0 in a cluster. */
  readonly database: number;
}

const FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/([^/?#]+)(?:\/([^?#]*))?$/;
const USUAL_PORTS = { server: 6379, sentinel: 26_379, cluster: 6379 } as const;
const EXAMPLES =
  'redis://host:6379, redis+sentinel://host1:26379,host2:26379/primary or redis+cluster://host1:6379,host2:6379';

/** Reads `redis://`, `redis+sentinel://`, `redis+cluster://`, and each with `rediss` for TLS. */
export function parseStoreUrl(url: string): { readonly address: StoreAddress } | { readonly mistake: string } {
  // Such a URL would be told in mistakes and shown by `weir check`. What came is not quoted: it is a secret.
  if (url.includes('@'))
    return { mistake: 'expected a URL without a user or password, which belong into usernameFile and passwordFile' };
  const parts = FORM.exec(url);
  if (parts === null) return { mistake: `expected a URL like ${EXAMPLES}` };
  const [, secure, form, hosts = '', path = ''] = parts;
  const kind: StoreAddress['kind'] = form === 'sentinel' || form === 'cluster' ? form : 'server';
  const nodes = hosts.split(',').map((host) => nodeOf(host, USUAL_PORTS[kind]));
  if (!nodes.every((node) => node !== null))
    return { mistake: `expected hosts like host1:6379,host2:6379, got "${hosts}"` };
  if (kind === 'server' && nodes.length > 1) return { mistake: `expected one host, or redis+cluster:// for several` };
  if (kind === 'sentinel' && path === '') return { mistake: 'expected the name of the primary behind the last slash' };
  if (kind === 'server' && !/^\d{0,3}$/.test(path))
    return { mistake: `expected the number of a database, got "${path}"` };
  if (kind === 'cluster' && path !== '') return { mistake: 'expected nothing behind the hosts of a cluster' };
  const address: StoreAddress = {
    kind,
    nodes,
    tls: secure === 's',
    primary: kind === 'sentinel' ? path : '',
    database: kind === 'server' ? Number(path) : 0,
  };
  return { address };
}

function nodeOf(text: string, usualPort: number): { host: string; port: number } | null {
  const parts = /^(\[[\da-f:.]+\]|[^:\s[\]]+)(?::(\d{1,5}))?$/i.exec(text);
  if (parts === null) return null;
  const port = Number(parts[2] ?? usualPort);
  return port > 65_535 ? null : { host: parts[1]!.replace(/^\[(.*)\]$/, '$1'), port };
}
