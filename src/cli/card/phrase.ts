import { phraseMs } from '../../health/phrase.ts';

const DAY_MS = 86_400_000;

/** `2026-11-20T12:00:03.123Z` as `2026-11-20 12:00:03Z`, and without the day while that is today. */
export function phraseTime(iso: string, nowMs: number): string {
  const [day = '', time = ''] = iso.split('T');
  const short = `${time.slice(0, 8)}Z`;
  return day === new Date(nowMs).toISOString().slice(0, 10) ? short : `${day} ${short}`;
}

/** How long ago, by our clock; a clock that differs from the sidecar's never makes it negative. */
export function phraseAge(iso: string, nowMs: number): string {
  const ageMs = Math.max(0, nowMs - Date.parse(iso));
  if (ageMs >= 2 * DAY_MS) return `${Math.floor(ageMs / DAY_MS)} days`;
  return ageMs < 1000 ? 'under 1 s' : phraseMs(ageMs, 2);
}

/** `25 %`, from percent. */
export const phrasePercent = (percent: number): string => `${Number(percent.toFixed(2))} %`;

/** `12,034`. */
export const phraseCount = (count: number): string => count.toLocaleString('en-US');

/** What a plan waits for, with the verb that a person would type. */
export const phraseWaiting = (waitingFor: string): string =>
  waitingFor.replace(/^a person: (?=[a-z])/, 'a person: weir ');
