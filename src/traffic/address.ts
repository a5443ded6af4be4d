import { readFileSync } from 'node:fs';
import type { Release } from '../model/release.ts';
import { parseAddress } from '../model/upstream.ts';
import type { Address } from '../model/upstream.ts';

/**
 * Where a release listens, and whom to believe there. Every URL and file was checked where it came in
 * (configuration, admin API, journal), so a mistake here is a bug, or a file that has vanished since.
 */
export function addressOf({ url, ca, serverName }: Release): Address {
  const result = parseAddress(url);
  if ('mistake' in result) throw new Error(result.mistake);
  return {
    ...result.address,
    ...(ca !== undefined && { ca: certificatesIn(ca) }),
    ...(serverName !== undefined && { serverName }),
  };
}

const read = new Map<string, string>();

function certificatesIn(file: string): string {
  const known = read.get(file) ?? readFileSync(file, 'utf8');
  read.set(file, known);
  return known;
}
