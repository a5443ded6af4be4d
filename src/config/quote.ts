import type { Path } from './path.ts';

const LONGEST_SHOWN = 60;

/** Whether what stands at the path, and even an unknown key there, may be the URL of a webhook, which is a secret. */
export function isSecret(path: Path): boolean {
  const key = path.at(-1);
  if (path[0] !== 'webhooks') return false;
  const isKnown = path.includes('events') || key === 'format' || key === 'secretFile';
  return !isKnown;
}

/** In quotes, on one line, of a bearable length and without secrets. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(withoutCredentials(text)));
}

export function shortened(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

/** Mistakes are printed and logged, and a URL may carry a password. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/[^\s"]*@/g, '//…@');
}
