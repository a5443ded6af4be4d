import * as z from 'zod';
import { nameMistakeOf, ROLES } from '../model/identity.ts';
import type { Role, TokenRecord } from '../model/identity.ts';
import type { Mistake } from './load.ts';

/**
 * The tokens file: one JSON object a line, either a token's record (its hash, never the token) or the id of one that is
 * revoked. It only ever grows at its end, so that whoever adds a line needs no lock and can overwrite nobody's. No
 * mistake repeats what a line says: somebody may have put a token there.
 */
export interface NewToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly sha256: string;
  /** Wall clock. */
  readonly createdAtMs: number;
  /** Wall clock; null for never. */
  readonly expiresAtMs: number | null;
  readonly once: boolean;
}

const ID = /^[0-9a-f]{12}$/;
const id = z
  .string({ error: 'expected an id of 12 hexadecimal digits' })
  .regex(ID, 'expected an id of 12 hexadecimal digits');
const instant = z.iso.datetime({ error: 'expected a time like 2026-11-20T12:00:00.000Z' });
const name = z.string({ error: 'expected a name' }).superRefine((text, context) => {
  const mistake = nameMistakeOf(text);
  if (mistake !== null) context.addIssue({ code: 'custom', message: mistake });
});
const record = z
  .strictObject({
    id,
    name,
    role: z.enum(ROLES, { error: `expected one of ${ROLES.join(', ')}` }),
    sha256: z.string({ error: 'expected a hash' }).regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
    created: instant,
    expires: instant.optional(),
    once: z.boolean({ error: 'expected true or false' }).default(false),
  })
  .refine(({ once, expires }) => !once || expires !== undefined, {
    path: ['expires'],
    message: 'expected a time, because a spent one-time token must be remembered until then',
  });
const revocation = z.strictObject({ revoked: id, at: instant });

export type TokensResult = { readonly tokens: readonly TokenRecord[] } | { readonly mistakes: readonly Mistake[] };

/** Reads the text of a tokens file; `file` is only for messages. */
export function readTokens(text: string, file: string): TokensResult {
  const tokens = new Map<string, TokenRecord>();
  const revoked = new Set<string>();
  const mistakes: Mistake[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const read = readLine(line);
    if ('revoked' in read) revoked.add(read.revoked);
    else if ('token' in read && !tokens.has(read.token.id)) tokens.set(read.token.id, read.token);
    else {
      const message = 'mistake' in read ? read.mistake : 'expected an id that no line before it has';
      mistakes.push({ file, line: index + 1, key: '', message });
    }
  }
  if (mistakes.length > 0) return { mistakes };
  return { tokens: [...tokens.values()].filter(({ id: known }) => !revoked.has(known)) };
}

type Line = { readonly token: TokenRecord } | { readonly revoked: string } | { readonly mistake: string };

function readLine(line: string): Line {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { mistake: 'expected a JSON object on one line' };
  }
  if (typeof json === 'object' && json !== null && 'revoked' in json) {
    const parsed = revocation.safeParse(json);
    return parsed.success ? { revoked: parsed.data.revoked } : { mistake: mistakeOf(parsed.error) };
  }
  const parsed = record.safeParse(json);
  if (!parsed.success) return { mistake: mistakeOf(parsed.error) };
  const { expires, created: _, ...rest } = parsed.data;
  return { token: { ...rest, expiresAtMs: expires === undefined ? null : Date.parse(expires) } };
}

function mistakeOf({ issues }: z.ZodError): string {
  const [issue] = issues;
  if (issue === undefined || issue.code === 'unrecognized_keys') return 'expected only the keys of a token';
  const at = issue.path.join('.');
  if (issue.code === 'invalid_type' && at === '') return 'expected a JSON object on one line';
  return `${at === '' ? '' : `${at}: `}${issue.message}`;
}

/** The line that makes a token known. */
export function lineOfToken({ createdAtMs, expiresAtMs, once, ...rest }: NewToken): string {
  const expires = expiresAtMs === null ? {} : { expires: isoOf(expiresAtMs) };
  return `${JSON.stringify({ ...rest, created: isoOf(createdAtMs), ...expires, ...(once && { once }) })}\n`;
}

/** The line that makes it good for nothing. */
export function lineOfRevocation(revoked: string, atMs: number): string {
  return `${JSON.stringify({ revoked, at: isoOf(atMs) })}\n`;
}

const isoOf = (wallMs: number): string => new Date(wallMs).toISOString();
