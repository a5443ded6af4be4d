const LONGEST_SHOWN = 60;

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
