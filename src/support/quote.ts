const LONGEST_SHOWN = 60;
/** What a terminal or a log would obey instead of showing, but for what JSON escapes itself. */
const RAW_IN_JSON = /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** In quotes, on one line, of a bearable length and without secrets. */
export function quoted(text: string): string {
  return plainJson(JSON.stringify(shortened(withoutCredentials(text))));
}

/** A JSON document that says the same, with what JSON lets stand raw and a terminal would obey written as escapes. */
export const plainJson = (text: string): string => text.replaceAll(RAW_IN_JSON, escaped);

/** On one line, with everything that a terminal would obey written as escapes. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, escaped);

const escaped = (mark: string): string => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;

export function shortened(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

/** A value of JSON as it is shown in a mistake: what it says where that is short, else what kind it is. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? String(value) : 'a mapping';
}

/**
 * Mistakes are printed and logged; a URL may carry a password, and a token may stand where something else belongs. Word by
 * word: one expression for `//…@` would look for the `@` anew from every slash, and a body of 64 KiB of slashes would hold
 * up the event loop, and the traffic with it, for seconds.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/[^\s"]+/g, withoutUser).replaceAll(/(weir_[0-9a-f]{12}_)[0-9a-f]+/g, '$1…');
}

function withoutUser(word: string): string {
  const start = word.indexOf('//');
  const end = word.lastIndexOf('@');
  return start < 0 || end < start + 2 ? word : `${word.slice(0, start)}//…${word.slice(end)}`;
}
