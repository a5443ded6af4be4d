import type { Clock } from '../support/clock.ts';

let second = -1;
let line: Buffer = Buffer.alloc(0);

/** The Date line of an answer that came without one (RFC 9110 6.6.1), made anew once a second. */
export function dateLine(clock: Clock): Buffer {
  const now = Math.floor(clock.wallMs() / 1000);
  if (now !== second) {
    second = now;
    line = Buffer.from(`date: ${new Date(now * 1000).toUTCString()}\r\n`);
  }
  return line;
}
