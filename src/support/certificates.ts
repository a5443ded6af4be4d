import { readFileSync, statSync } from 'node:fs';

/** More are in no bundle that anybody has. */
const MOST_BYTES = 4_194_304;

/**
 * The PEM certificates in a file; throws where there are none to be had. The path may come from a journal or from a
 * fleet's store, so what is no plain file is not opened: a pipe or a device would hold up the event loop for ever.
 */
export function readCertificates(file: string): string {
  const found = statSync(file);
  if (!found.isFile()) throw new Error(`expected a file of certificates, ${file} is none`);
  if (found.size > MOST_BYTES) throw new Error(`expected at most ${MOST_BYTES} bytes of certificates in ${file}`);
  return readFileSync(file, 'utf8');
}
