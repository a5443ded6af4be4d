import { describe, expect, it } from 'vitest';
import { FAULT_CODES, FAULT_STATUS } from '../../src/traffic/wire/fault.ts';
import { differences } from '../markdown.ts';
import { blocksOf } from './pages.ts';

const [picture] = blocksOf('docs/request.md');

describe('the picture of a request’s life', () => {
  it('has every answer that Weir makes, with its status', () => {
    // The first says that nothing is wrong; a client is told of the other as malformed-answer.
    const unseen = new Set(['none', 'malformed-status-line']);
    const real = FAULT_CODES.map((code, fault) => `${FAULT_STATUS[fault]} ${code}`);
    const shown = [...picture!.text.matchAll(/\.\. (\d{3} [a-z-]+)$/gm)].map((match) => match[1]!);
    const wanted = real.filter((row) => !unseen.has(row.slice(4)));
    expect(differences('docs/request.md', shown, 'in traffic/wire/fault.ts', wanted)).toEqual([]);
  });

  it('is drawn straight', () => {
    const columns = [...picture!.text.matchAll(/^(.*?\.\. )\d{3} /gm)].map(([, before = '']) => before.length);
    expect(new Set(columns).size).toBe(1);
  });
});
