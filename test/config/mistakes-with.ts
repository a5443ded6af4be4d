import { formatMistake, readConfig } from '../../src/config/load.ts';

/** A configuration, one key a line, in which the given keys replace or join the usual ones. */
export function mistakesWith(keys: Record<string, string>): string[] {
  const usual = {
    service: 'checkout',
    stable: '{ version: v1, url: "http://127.0.0.1:3000" }',
    candidate: '{ version: v2, url: "http://127.0.0.1:3001" }',
  };
  const text = Object.entries({ ...usual, ...keys }).map(([key, value]) => `${key}: ${value}\n`);
  const result = readConfig(text.join(''), 'weir.yaml');
  return 'mistakes' in result ? result.mistakes.map(formatMistake) : [];
}
