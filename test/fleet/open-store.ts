import { parseStoreUrl } from '../../src/model/store-address.ts';
import type { StoreCredentials } from '../../src/fleet/redis/connection.ts';
import { openRedisStore } from '../../src/fleet/redis/redis-store.ts';
import type { FleetStore, Flush } from '../../src/fleet/store.ts';
import { NO_VERSION } from '../../src/fleet/store.ts';

/** The store at this URL, as the configuration would open it. */
export function openStore(url: string, secrets: StoreCredentials = {}): Promise<FleetStore> {
  const parsed = parseStoreUrl(url);
  if ('mistake' in parsed) throw new Error(parsed.mistake);
  const credentials = async () => secrets;
  return openRedisStore({ ...parsed, credentials, prefix: 'weir', service: 'checkout', random: () => 0 });
}

/** A flush of somebody who is there and has nothing to tell. */
export const NOTHING_NEW: Flush = {
  incarnation: 'a',
  series: 'a',
  member: 'pod a',
  rank: 1,
  expiryMs: 5000,
  knows: NO_VERSION,
  remembers: false,
  fingerprint: 'f',
  slots: 10,
  withdrawn: false,
  batch: null,
  reads: null,
  latency: { stable: [], candidate: [] },
  life: '',
};
