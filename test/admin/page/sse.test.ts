import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMessageReader } from '../../../src/admin/page/sse.ts';

describe('the reader of the stream', () => {
  const text =
    'retry: 2000\nid: 4\n\n: still here\n\nevent: status\ndata: {"a":1}\n\nevent: rollout\nid: 5\ndata: {"b":2}\n\ndata: one\r\ndata:two\r\n\r\n';
  const messages = [
    { event: 'status', text: '{"a":1}' },
    { event: 'rollout', text: '{"b":2}' },
    { event: 'message', text: 'one\ntwo' },
  ];

  it('finds the same messages however the text is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const reader = createMessageReader();
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
        expect(pieces.flatMap((piece) => reader.read(piece))).toEqual(messages);
        expect(reader.lastId()).toBe('5');
      }),
    );
  });

  it('goes on from the id that it was given until another comes', () => {
    const reader = createMessageReader('7');
    expect(reader.lastId()).toBe('7');
    reader.read('id: 8\ndata: x\n\n');
    expect(reader.lastId()).toBe('8');
  });

  it('keeps back a message that has not ended', () => {
    expect(createMessageReader().read('event: status\ndata: {}\n')).toEqual([]);
  });
});
