import type { Release } from '../model/release.ts';
import { parseAddress } from '../model/upstream.ts';
import type { Address } from '../model/upstream.ts';
import { readCertificates } from '../support/certificates.ts';

/**
 * Where a release listens, and whom to believe there. Every URL was checked where it came in (configuration, admin API,
 * journal, fleet), so a mistake in one is a bug. A file was there when the configuration named it; a journal may remember
 * one that has been moved since, and a fleet may name one that is on another machine. Nothing of that may keep the rest
 * from being served, so it is told, and nobody is believed there: every connection fails, and nothing is sent on it.
 */
export function addressOf({ url, ca, serverName }: Release, report: (error: unknown) => void): Address {
  const result = parseAddress(url);
  if ('mistake' in result) throw new Error(result.mistake);
  return {
    ...result.address,
    ...(ca !== undefined && { ca: certificatesIn(ca, report) }),
    ...(serverName !== undefined && { serverName }),
  };
}

/** Not '', which would be all whom the system believes. */
const NOBODY = 'no certificates';

const read = new Map<string, string>();

function certificatesIn(file: string, report: (error: unknown) => void): string {
  try {
    const known = read.get(file) ?? readCertificates(file);
    read.set(file, known);
    // An empty file would be that, too.
    return known.trim() === '' ? NOBODY : known;
  } catch (error) {
    report(error);
    return NOBODY;
  }
}
