import type { Random } from '../support/random.ts';
import type { Slab } from './slab.ts';
import { ascii } from './wire/chars.ts';

const DIGITS = ascii('0123456789abcdef');
const TEMPLATE = ascii('00-00000000000000000000000000000000-0000000000000000-01');
/** Where the 32 digits of the trace id and the 16 of the parent id stand. */
const RANGES = [3, 35, 36, 52] as const;

/** A new trace context for a request that has none (W3C Trace Context 3.2): version 00, sampled. */
export function freshTraceparent(slab: Slab, random: Random): Buffer {
  slab.reserve(TEMPLATE.length);
  const { bytes, start } = slab;
  TEMPLATE.copy(bytes, start);
  writeDigits(bytes, start + RANGES[0], start + RANGES[1], random);
  writeDigits(bytes, start + RANGES[2], start + RANGES[3], random);
  return slab.keep(start + TEMPLATE.length);
}

/** Eight digits a draw; the last is never 0, because an id of zeros alone is invalid. */
function writeDigits(bytes: Buffer, start: number, end: number, random: Random): void {
  let rest = 0;
  for (let position = start; position < end; position++) {
    if ((position - start) % 8 === 0) rest = Math.floor(random() * 4_294_967_296);
    bytes[position] = DIGITS[rest & 15]!;
    rest >>>= 4;
  }
  if (bytes[end - 1] === DIGITS[0]) bytes[end - 1] = DIGITS[1]!;
}
