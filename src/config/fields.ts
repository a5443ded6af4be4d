import { GATE_FORM, gateMistakeOf } from '../model/plan.ts';
import { VERSION_FORM, versionMistakeOf } from '../model/release.ts';
import { parseStoreUrl } from '../model/store-address.ts';
import { parseAddress } from '../model/upstream.ts';
import {
  DURATION_FORM,
  formatDuration,
  formatSize,
  PERCENT_FORM,
  parseDuration,
  parseRatio,
  parseShare,
  parseSize,
  SHARE_FORM,
  SIZE_FORM,
  type Parsed,
} from '../support/units.ts';
import * as z from 'zod';
import { isLoopback } from '../support/loopback.ts';
import { ENDPOINT_FORM, parseEndpoint } from './endpoint.ts';

/**
 * The leaves of the schema. Each reads what YAML yields into a value with nothing left to interpret, or says what
 * it would have accepted; what came instead is added where the text of the file is known.
 */
type Reading<T> = { readonly value: T } | { readonly expected: string } | { readonly complaint: string };

interface Range {
  readonly least: number;
  readonly most?: number;
}

function field<T>(read: (came: unknown) => Reading<T>) {
  return z.unknown().transform((came, context): T => {
    const reading = read(came);
    if ('value' in reading) return reading.value;
    const isComplete = 'complaint' in reading;
    context.addIssue({
      code: 'custom',
      message: isComplete ? reading.complaint : `expected ${reading.expected}`,
      params: { isComplete },
    });
    return z.NEVER;
  });
}

/** Milliseconds. */
export function duration(range: Range = { least: 1 }) {
  const bounds = boundsOf(range, formatDuration);
  return field((came) => {
    if (typeof came === 'number') {
      const plain = came > 0 ? came : 5;
      return { expected: `a duration with its unit, like ${plain}ms or ${plain}s${bounds}` };
    }
    return within(range, typeof came === 'string' ? parseDuration(came) : null, `${DURATION_FORM}${bounds}`);
  });
}

/** Bytes. */
export function size(range: Range) {
  const form = `${SIZE_FORM}${boundsOf(range, formatSize)}`;
  return field((came) => {
    return within(range, typeof came === 'string' || typeof came === 'number' ? parseSize(String(came)) : null, form);
  });
}

/** A ratio, 0..1, written as a percentage. */
export const ratio = () => percentage(PERCENT_FORM, parseRatio);

/** Hundredths of a percent, written as a percentage. */
export const share = () => percentage(SHARE_FORM, parseShare);

function percentage(form: string, parse: (text: string) => Parsed) {
  return field((came) => {
    if (typeof came === 'number' && came >= 0 && came <= 100) return { expected: `${came}% (${form})` };
    return within({ least: 0 }, typeof came === 'string' ? parse(came) : null, form);
  });
}

/** A whole number. */
export function count(range: Range) {
  const form = `a whole number${boundsOf(range, String)}`;
  return field((came) => {
    return within(range, typeof came === 'number' && Number.isSafeInteger(came) ? { value: came } : null, form);
  });
}

/** Any number. */
export function quantity(range: Range) {
  const form = `a number${boundsOf(range, String)}`;
  return field((came) => within(range, typeof came === 'number' ? { value: came } : null, form));
}

export function flag() {
  return field<boolean>((came) => (typeof came === 'boolean' ? { value: came } : { expected: 'true or false' }));
}

export function choice<const T extends string>(allowed: readonly T[]) {
  return field<T>((came) => {
    const chosen = allowed.find((name) => name === came);
    return chosen === undefined ? { expected: `one of ${allowed.join(', ')}` } : { value: chosen };
  });
}

/** Text that is not empty and stays on one line; `form` says which, `pattern` narrows it. */
export function text(form: string, pattern = /^\P{Cc}{1,1024}$/u) {
  return field<string>((came) => {
    if (typeof came === 'number') return { expected: `${form}, in quotes so that YAML does not read it as a number` };
    if (typeof came !== 'string' || came.trim() === '') return { expected: form };
    return pattern.test(came) ? { value: came } : { expected: form };
  });
}

/** The name of a release. */
export function version() {
  return text(VERSION_FORM).transform((came, context) => {
    const mistake = versionMistakeOf(came);
    if (mistake !== null) context.addIssue(mistake);
    return came;
  });
}

const URL_FORM = 'a URL like http://127.0.0.1:3000, of at most 512 characters';

/** An upstream's address: scheme, host and port. */
export function upstreamUrl() {
  return field<string>((came) => {
    if (typeof came !== 'string' || came.length > 512) return { expected: URL_FORM };
    const result = parseAddress(came);
    return 'address' in result ? { value: came } : { complaint: result.mistake };
  });
}

export function gateUrl() {
  return field<string>((came) => {
    if (typeof came !== 'string' || came.length > 512) return { expected: GATE_FORM };
    const mistake = gateMistakeOf(came);
    if (mistake === null) return { value: came };
    return mistake === `expected ${GATE_FORM}` ? { expected: GATE_FORM } : { complaint: mistake };
  });
}

/** Where something is sent. What came is never quoted, because whoever knows a webhook's URL may write there. */
export function hookUrl() {
  return field<string>((came) => {
    const isUrl = typeof came === 'string' && came.length <= 2048 && /^https?:\/\/[^\s/]\S*$/.test(came);
    if (isUrl && URL.canParse(came)) return { value: came };
    return { complaint: 'expected a URL like https://hooks.example/weir (what came is not shown: it may be a secret)' };
  });
}

/** Where a fleet's store is. What came is never quoted, because it may carry a password. */
export function storeUrl() {
  return field<string>((came) => {
    const result = typeof came === 'string' && came.length <= 1024 ? parseStoreUrl(came) : null;
    if (result === null) return { complaint: 'expected a URL like redis://127.0.0.1:6379' };
    return 'address' in result ? { value: came as string } : { complaint: result.mistake };
  });
}

export function endpoint() {
  return field((came) => {
    const parsed = typeof came === 'string' ? parseEndpoint(came) : null;
    return parsed === null ? { expected: ENDPOINT_FORM } : { value: parsed };
  });
}

/** Who signs JWTs; in the clear only within this machine, because whoever can change its keys can be anybody. */
export function issuerUrl() {
  const expected = 'an issuer like https://login.example (http only on loopback; no query, user or fragment)';
  return field<string>((came) => {
    if (typeof came !== 'string' || came.length > 512 || !/^https?:\/\/[^\s?#@]+$/.test(came)) return { expected };
    if (!URL.canParse(came)) return { expected };
    const { protocol, hostname } = new URL(came);
    return protocol === 'https:' || isLoopback(hostname) ? { value: came } : { expected };
  });
}

function within(range: Range, parsed: Parsed | null, form: string): Reading<number> {
  if (parsed === null || 'mistake' in parsed) return { expected: form };
  const isInside = parsed.value >= range.least && parsed.value <= (range.most ?? Number.MAX_VALUE);
  return isInside ? parsed : { expected: form };
}

function boundsOf({ least, most }: Range, format: (value: number) => string): string {
  if (most !== undefined) return `, between ${format(least)} and ${format(most)}`;
  return least === 0 ? '' : `, at least ${format(least)}`;
}
