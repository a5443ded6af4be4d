import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/fleet.md'), 'utf8');

/** The rights of a member's user, as docs/fleet.md tells people to give them. */
export const ACL_RULES: readonly string[] = documented()
  .split(' ')
  .slice(3)
  .filter((rule) => !rule.startsWith('#') && !rule.startsWith('>'));

/** What it needs besides in a cluster, from the same page. */
export const CLUSTER_RULES: readonly string[] = (/^For a cluster add `([^`]+)`/m.exec(page)?.[1] ?? '').split(' ');

/** The documented line, word for word but for the password. */
export const aclLine = (password: string): string => documented().replace('PASSWORD', password);

function documented(): string {
  const line = /^user weir on .*$/m.exec(page)?.[0];
  if (line === undefined) throw new Error('docs/fleet.md shows no line of an ACL file');
  return line;
}
