import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The rights of a member's user, as docs/fleet.md tells people to give them. */
export const ACL_RULES: readonly string[] = documented();

function documented(): readonly string[] {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/fleet.md'), 'utf8');
  const line = /^user weir on (.*)$/m.exec(page)?.[1];
  if (line === undefined) throw new Error('docs/fleet.md shows no line of an ACL file');
  return line.split(' ').filter((rule) => !rule.startsWith('#') && !rule.startsWith('>'));
}
