/**
 * Text from elsewhere, made safe for a terminal. A reason or a version may hold anything that somebody could write into
 * a journal or an answer, and a terminal obeys control characters: it would recolour, rewrite what was printed, or set
 * the window's title. So controls (C0, C1, DEL), line separators and marks that turn the direction of text are taken
 * out of every string at the one place where answers come in. Source: CWE-150.
 */
const BREAKS = /[\t\n\r\u2028\u2029]+/g;
const CONTROLS = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu;

export function plainText(text: string): string {
  return text.replaceAll(BREAKS, ' ').replaceAll(CONTROLS, '');
}

/** The same for every string in an answer, keys too. */
export function plainAnswer(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (Array.isArray(value)) return value.map(plainAnswer);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [plainText(key), plainAnswer(inner)]));
}
