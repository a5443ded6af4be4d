/**
 * Quantities as people write them, read into numbers and written back: durations (`5s`) as milliseconds, sizes
 * (`64KiB`) as bytes, percentages (`0.5%`) as a ratio or as a share. Reading is strict, because a limit that is
 * understood wrongly is worse than one that is refused: the unit is required, and one number carries one unit.
 * What a `format` writes, its `parse` reads back as the same number.
 */
export type Parsed = { readonly value: number } | { readonly mistake: string };

/** How a duration looks: one number, one unit. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
export const DURATION_FORM = 'a duration like 100ms, 5s, 2m, 1h or 30d';
export const SIZE_FORM = 'a size like 64KiB, 1MiB or a plain number of bytes';
export const PERCENT_FORM = 'a share like 0.5%, between 0% and 100%';
export const SHARE_FORM = 'a share like 5%, between 0% and 100% in steps of 0.01%';

const DURATIONS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

const SIZES = [
  ['GiB', 1_073_741_824],
  ['MiB', 1_048_576],
  ['KiB', 1024],
] as const;

type Unit = readonly [name: string, factor: number];

const HUNDREDTHS_PER_PERCENT = 100;

/** Reads a duration into whole milliseconds. */
export function parseDuration(text: string): Parsed {
  const parts = DURATION.exec(text);
  return whole(DURATION_FORM, text, parts?.[1], factorOf(DURATIONS, parts?.[2]));
}

/** Writes milliseconds in the largest unit that leaves no fraction: 90000 is `90s`, 120000 is `2m`. */
export function formatDuration(durationMs: number): string {
  return inLargestUnit(Math.round(durationMs), DURATIONS) ?? `${Math.round(durationMs)}ms`;
}

/** Reads a size into whole bytes. */
export function parseSize(text: string): Parsed {
  const parts = /^(\d+(?:\.\d+)?)(KiB|MiB|GiB)?$/.exec(text);
  return whole(SIZE_FORM, text, parts?.[1], factorOf(SIZES, parts?.[2]));
}

/** Writes bytes in the largest unit that leaves no fraction: 65536 is `64KiB`, 1000 is `1000`. */
export function formatSize(sizeBytes: number): string {
  return inLargestUnit(sizeBytes, SIZES) ?? String(sizeBytes);
}

/** Reads a percentage into a ratio: `0.5%` is 0.005. */
export function parseRatio(text: string): Parsed {
  const percent = percentOf(text);
  return percent === null ? mistake(PERCENT_FORM, text) : { value: Number(`${percent}e-2`) };
}

/** Writes a ratio as a percentage: 0.005 is `0.5%`. */
export function formatRatio(ratio: number): string {
  return `${shortest(ratio * 100)}%`;
}

/** Reads a percentage into a share, in hundredths of a percent: `5%` is 500. */
export function parseShare(text: string): Parsed {
  const percent = percentOf(text);
  if (percent === null) return mistake(SHARE_FORM, text);
  const share = Math.round(percent * HUNDREDTHS_PER_PERCENT);
  return share / HUNDREDTHS_PER_PERCENT === percent ? { value: share } : mistake(SHARE_FORM, text);
}

/** Writes a share, in hundredths of a percent, as a percentage: 500 is `5%`. */
export function formatShare(share: number): string {
  return `${shortest(share / HUNDREDTHS_PER_PERCENT)}%`;
}

function percentOf(text: string): number | null {
  const digits = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  const percent = digits === undefined ? Number.NaN : Number(digits);
  return percent <= 100 ? percent : null;
}

function whole(form: string, text: string, digits: string | undefined, factor: number): Parsed {
  if (digits === undefined) return mistake(form, text);
  const product = Number(digits) * factor;
  const value = Math.round(product);
  // With a little play, because 1.1 * 1000 is not 1100 in binary.
  const isWhole = Math.abs(product - value) <= product * 1e-12;
  return isWhole && Number.isSafeInteger(value) ? { value } : mistake(form, text);
}

function factorOf(units: readonly Unit[], name: string | undefined): number {
  return units.find(([known]) => known === name)?.[1] ?? 1;
}

function inLargestUnit(value: number, units: readonly Unit[]): string | null {
  if (value === 0) return null;
  const unit = units.find(([, factor]) => value % factor === 0);
  return unit === undefined ? null : `${value / unit[1]}${unit[0]}`;
}

/** Without the tail that binary fractions leave (0.07 * 100), and never in exponents. */
function shortest(value: number): string {
  const fixed = value.toFixed(10);
  return fixed.replace(/\.?0+$/, '');
}

function mistake(form: string, text: string): Parsed {
  return { mistake: `expected ${form}, got "${text}"` };
}
