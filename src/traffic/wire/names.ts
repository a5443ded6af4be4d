/**
 * Which field is this? A table made at start-up answers without making a string: the length and three letters of
 * a name choose a slot, and whatever the table has in that slot is compared letter by letter, so that no crafted
 * collision can pass for a name it is not. A rolling hash would cost an addition and a multiplication for every
 * byte of every name; four looks are enough to tell two score names apart.
 *
 * Each direction, and the trailers, has its own table with only the names that mean something there. What a
 * table does not know is passed on.
 */
import { TOKEN, ascii, isToken } from './chars.ts';

/** Fields that mean something to the wire, as small integers. 0 is every other field. */
export const Name = {
  other: 0,
  connection: 1,
  contentLength: 2,
  transferEncoding: 3,
  hopByHop: 4,
  keepAlive: 5,
  te: 6,
  upgrade: 7,
  host: 8,
  cookie: 9,
  expect: 10,
  forwardedFor: 11,
  forwardedProto: 12,
  forwardedHost: 13,
  forwarded: 14,
  traceparent: 15,
  tracestate: 16,
  via: 17,
  idempotencyKey: 18,
  date: 19,
  /** Means nothing to the scanner, but cannot be removed by naming it in Connection. */
  protected: 20,
} as const;

/** Fields of both directions that concern one hop only, or the framing. */
const HOP_BY_HOP: readonly NameEntry[] = [
  ['connection', Name.connection],
  ['content-length', Name.contentLength],
  ['transfer-encoding', Name.transferEncoding],
  ['keep-alive', Name.keepAlive],
  ['proxy-connection', Name.hopByHop],
  ['proxy-authorization', Name.hopByHop],
  ['proxy-authenticate', Name.hopByHop],
  ['te', Name.te],
  ['upgrade', Name.upgrade],
];

export const REQUEST_NAMES: readonly NameEntry[] = [
  ...HOP_BY_HOP,
  ['host', Name.host],
  ['cookie', Name.cookie],
  ['expect', Name.expect],
  ['x-forwarded-for', Name.forwardedFor],
  ['x-forwarded-proto', Name.forwardedProto],
  ['x-forwarded-host', Name.forwardedHost],
  ['forwarded', Name.forwarded],
  ['traceparent', Name.traceparent],
  ['tracestate', Name.tracestate],
  ['via', Name.via],
  ['idempotency-key', Name.idempotencyKey],
  ['authorization', Name.protected],
];

export const ANSWER_NAMES: readonly NameEntry[] = [
  ...HOP_BY_HOP,
  ['date', Name.date],
  ['via', Name.protected],
  ['set-cookie', Name.protected],
  // Ours alone: an upstream that sends them could pass for Weir.
  ['x-weir-error', Name.hopByHop],
  ['x-weir-shielded', Name.hopByHop],
];

/** A lower-case field name and the integer it is known by. */
export type NameEntry = readonly [text: string, name: number];

/** Made by `createNameTable`; read by `entryAt`. Entry 0 stands for "not in the table". */
export interface NameTable {
  /** By slot: the first entry to compare with. */
  readonly slots: Uint8Array;
  /** By entry: the next entry in the same slot. */
  readonly next: Uint8Array;
  /** By entry: the lower-case bytes. */
  readonly texts: readonly Uint8Array[];
  /** By entry: the integer the name is known by. */
  readonly names: Uint8Array;
  /** By entry: 1 for the first watched field, 2 for the second, 3 for both, 0 for neither. */
  readonly watched: Uint8Array;
}

/**
 * Prepares the lookup of `entries` and of up to two further field names whose values the caller wants to see
 * (`watched[0]`, `watched[1]`; '' for none). A watched name may also be one of `entries`. At most 255 names.
 */
export function createNameTable(entries: readonly NameEntry[], watched: readonly string[] = []): NameTable {
  const all = new Map<string, { name: number; watch: number }>();
  for (const [text, name] of entries) all.set(text, { name, watch: 0 });
  for (const [index, field] of watched.entries()) {
    const text = field.toLowerCase();
    if (text === '') continue;
    const known = all.get(text) ?? { name: Name.protected, watch: 0 };
    all.set(text, { name: known.name, watch: known.watch | (1 << index) });
  }
  const texts = [ascii(''), ...[...all.keys()].map(ascii)];
  const slots = new Uint8Array(256);
  const next = new Uint8Array(texts.length);
  for (let entry = texts.length - 1; entry > 0; entry--) {
    const slot = slotOf(texts[entry]!, 0, texts[entry]!.length);
    next[entry] = slots[slot]!;
    slots[slot] = entry;
  }
  const rows = [...all.values()];
  return {
    slots,
    next,
    texts,
    names: Uint8Array.of(0, ...rows.map((row) => row.name)),
    watched: Uint8Array.of(0, ...rows.map((row) => row.watch)),
  };
}

/** The entry of the name `bytes[start..end)`, a token of at least one byte in any case; 0 when it is unknown. */
export function entryAt(table: NameTable, bytes: Uint8Array, start: number, end: number): number {
  let entry = table.slots[slotOf(bytes, start, end)]!;
  while (entry !== 0 && !isToken(bytes, start, end, table.texts[entry]!)) entry = table.next[entry]!;
  return entry;
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const first = TOKEN[bytes[start]!]!;
  const middle = TOKEN[bytes[(start + end) >> 1]!]!;
  const last = TOKEN[bytes[end - 1]!]!;
  return (first * 5 + middle * 11 + last * 3 + (end - start) * 37) & 255;
}
