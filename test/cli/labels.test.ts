import { describe, expect, it } from 'vitest';
import { parseLabel } from '../../src/cli/labels.ts';

describe('--label', () => {
  it('adds to the ones before it, and takes everything behind the first =', () => {
    expect(parseLabel('node=a=b', { pod: 'x' })).toEqual({ pod: 'x', node: 'a=b' });
  });

  it.each(['pod', '=x', 'Pod=x', 'my-pod=x', 'level=x', 'msg=x', 'service=x'])('refuses %s', (text) => {
    expect(() => parseLabel(text, {})).toThrow();
  });
});
