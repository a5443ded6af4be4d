import { parseDocument } from 'yaml';

/** One value of a configuration file that is replaced. */
export interface Change {
  readonly path: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** A configuration's text with some values replaced; its comments stay. */
export function rewrite(text: string, changes: readonly Change[]): string {
  const document = parseDocument(text);
  for (const { path, to } of changes) document.setIn(path, to);
  return document.toString({ lineWidth: 0 });
}
