import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slab } from '../../src/traffic/slab.ts';

describe('a slab', () => {
  it('never gives away room that a piece still has', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40_000), { maxLength: 30 }), (lengths) => {
        const slab = new Slab(65_536);
        const pieces = lengths.map((length, at) => slab.copy(Buffer.alloc(length, at), 0, length));
        pieces.forEach((piece, at) => expect(piece.equals(Buffer.alloc(lengths[at]!, at))).toBe(true));
      }),
    );
  });

  it('uses up what was kept, not what was reserved', () => {
    const slab = new Slab(65_536);
    slab.reserve(60_000);
    slab.keep(slab.start + 10);
    const { bytes } = slab;
    slab.reserve(60_000);
    expect([slab.bytes === bytes, slab.start]).toEqual([true, 10]);
  });

  it('makes room for more than it usually has', () => {
    const slab = new Slab(65_536);
    const source = Buffer.alloc(300_000, 'x');
    expect(slab.copy(source, 0, source.length).equals(source)).toBe(true);
  });

  it('uses the room of a piece again that was given back last, and of no other', () => {
    const slab = new Slab(65_536);
    const first = slab.copy(Buffer.from('first'), 0, 5);
    const second = slab.copy(Buffer.from('second'), 0, 6);
    slab.giveBack(second);
    slab.giveBack(first);
    const third = slab.copy(Buffer.from('third!'), 0, 6);
    expect([first.toString(), second.toString(), third.toString()]).toEqual(['first', 'third!', 'third!']);
  });

  it('lets any number of pieces pass through one place, when each has left before the next', () => {
    const slab = new Slab(65_536);
    const { bytes } = slab;
    for (let count = 0; count < 1000; count++) {
      slab.giveBack(slab.copy(Buffer.alloc(65_536), 0, 65_536));
    }
    expect(slab.bytes).toBe(bytes);
  });
});
