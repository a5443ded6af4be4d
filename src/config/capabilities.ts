import { formatPath, valueAt } from './path.ts';
import { complaint, type Problem } from './problem.ts';

/**
 * Keys that the configuration knows but this version cannot yet obey, each with the values that ask for nothing
 * and are therefore accepted. A key that were read and ignored would be a promise broken in silence. When a
 * capability lands, its line leaves, and its key loses the mark in `config/weir.example.yaml`.
 */
export const NOT_YET: readonly { readonly key: string; readonly inert: readonly unknown[] }[] = [
  { key: 'webhooks', inert: [[]] },
  { key: 'admin.tokensFile', inert: [null] },
  { key: 'admin.oidc', inert: [null] },
  { key: 'admin.hosts', inert: [[]] },
  { key: 'fleet', inert: [null] },
];

/** Refuses every key given whose capability is not there yet, the outermost only. */
export function unavailable(raw: unknown): Problem[] {
  const paths = NOT_YET.filter(({ key, inert }) => {
    const value = valueAt(raw, key.split('.'));
    return value !== undefined && !inert.some((harmless) => JSON.stringify(harmless) === JSON.stringify(value));
  }).map(({ key }) => key.split('.'));
  return paths
    .filter(
      (path) =>
        !paths.some((other) => other.length < path.length && formatPath(path).startsWith(`${formatPath(other)}.`)),
    )
    .map((path) => complaint(path, 'not available in this version'));
}
