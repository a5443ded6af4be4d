import type { Path } from '../support/path.ts';

/** Whether what stands at the path, and even an unknown key there, may be the URL of a webhook, which is a secret. */
export function isSecret(path: Path): boolean {
  const key = path.at(-1);
  if (path[0] !== 'webhooks') return false;
  const isKnown = path.includes('events') || key === 'format' || key === 'secretFile';
  return !isKnown;
}
