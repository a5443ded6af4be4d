/**
 * The fields of a message on their way through, as Node's flat raw list [name, value, name, value …].
 * Hop-by-hop fields stay behind (RFC 9110 section 7.6.1), and so does what `Connection` names, except
 * for names that routing, framing or trust rests on: a client may not strip those from itself.
 */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'upgrade',
]);

const PROTECTED = new Set(
  'host content-length transfer-encoding cookie authorization x-forwarded-for x-forwarded-proto x-forwarded-host forwarded traceparent'.split(
    ' ',
  ),
);

const OUR_VIA = '1.1 weir';

function endToEnd(raw: readonly string[]): string[] {
  const nominated = new Set<string>();
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at]!.toLowerCase() !== 'connection') continue;
    for (const name of raw[at + 1]!.toLowerCase().split(',')) nominated.add(name.trim());
  }
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    if (HOP_BY_HOP.has(name) || (nominated.has(name) && !PROTECTED.has(name))) continue;
    kept.push(raw[at]!, raw[at + 1]!);
  }
  return kept;
}

function valueOf(raw: readonly string[], name: string): string | undefined {
  const at = raw.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? undefined : raw[at + 1];
}

/** A request's fields as the upstream gets them. */
export function requestFields(raw: readonly string[], peerAddress: string): string[] {
  const kept = endToEnd(raw);
  const at = kept.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === 'x-forwarded-for');
  if (at === -1) kept.push('x-forwarded-for', peerAddress);
  else kept[at + 1] += `, ${peerAddress}`;
  if (valueOf(kept, 'x-forwarded-proto') === undefined) kept.push('x-forwarded-proto', 'http');
  const host = valueOf(kept, 'host');
  if (valueOf(kept, 'x-forwarded-host') === undefined && host !== undefined) kept.push('x-forwarded-host', host);
  kept.push('via', OUR_VIA);
  return kept;
}

/** An answer's fields as the client gets them. */
export function answerFields(raw: readonly string[], isDraining: boolean): string[] {
  const kept = endToEnd(raw);
  kept.push('via', OUR_VIA);
  if (isDraining) kept.push('connection', 'close');
  return kept;
}

/** The trace id of a W3C `traceparent`, or '' where there is no valid one. */
export function traceIdOf(raw: readonly string[]): string {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(valueOf(raw, 'traceparent') ?? '');
  return match?.[1] ?? '';
}
