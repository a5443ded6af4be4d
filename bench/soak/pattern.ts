/**
 * The bytes of a body, determined by the request's id and the length alone: so whoever holds the id can tell whether
 * an answer is whole, and whether a single byte of it belongs to somebody else's.
 */
export function patternOf(id: string, lengthBytes: number): Buffer {
  return Buffer.alloc(lengthBytes, `${id};`);
}
