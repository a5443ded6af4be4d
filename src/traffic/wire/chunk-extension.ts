/**
 * The grammar of chunk extensions, one byte at a time: `*( ";" name [ "=" ( token / quoted-string ) ] )`, RFC 9112
 * 7.1.1, without the blanks that senders must not write. Extensions are dropped unread, yet a line that some parser
 * would refuse, or read on beyond its CRLF, is refused here too.
 */
import { SEMICOLON, TOKEN, VALUE } from './chars.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;

/** What has been read so far, and so what may follow. */
export const Extension = {
  malformed: 0,
  none: 1,
  semicolon: 2,
  name: 3,
  equals: 4,
  value: 5,
  quoted: 6,
  escape: 7,
  closed: 8,
} as const;

export type Extension = (typeof Extension)[keyof typeof Extension];

/** Where `byte`, which is no CR, leads to. */
export function extended(state: Extension, byte: number): Extension {
  switch (state) {
    case Extension.semicolon:
      return TOKEN[byte] === 0 ? Extension.malformed : Extension.name;
    case Extension.name:
      if (byte === EQUALS) return Extension.equals;
      return TOKEN[byte] === 0 ? restarted(byte) : Extension.name;
    case Extension.equals:
      if (byte === QUOTE) return Extension.quoted;
      return TOKEN[byte] === 0 ? Extension.malformed : Extension.value;
    case Extension.value:
      return TOKEN[byte] === 0 ? restarted(byte) : Extension.value;
    case Extension.quoted:
      if (byte === QUOTE) return Extension.closed;
      if (byte === BACKSLASH) return Extension.escape;
      return VALUE[byte] === 0 ? Extension.malformed : Extension.quoted;
    case Extension.escape:
      return VALUE[byte] === 0 ? Extension.malformed : Extension.quoted;
    case Extension.none:
    case Extension.closed:
      return restarted(byte);
    case Extension.malformed:
      return Extension.malformed;
  }
}

/** Whether the line may end here. */
export function mayEnd(state: Extension): boolean {
  return state === Extension.name || state === Extension.value || state === Extension.closed;
}

function restarted(byte: number): Extension {
  return byte === SEMICOLON ? Extension.semicolon : Extension.malformed;
}
