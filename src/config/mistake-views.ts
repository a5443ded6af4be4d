import type { Mistake } from './load.ts';
import { formatMistake } from './load.ts';

/** A mistake for programs. */
export interface MistakeView {
  readonly file: string;
  /** From 1; null when it is about the file as a whole. */
  readonly line: number | null;
  /** `plan[0].hold`; '' when it is about no key. */
  readonly key: string;
  /** What stands there, as it is shown to people; null where that is not shown, or the rule needs no more. */
  readonly got: string | null;
  /** What was expected. */
  readonly rule: string;
}

/** Every mistake that shows what came says so in one form, which a rule itself never holds. */
const WITH_WHAT_CAME = /^(.*?), got (.+)$/s;

export function mistakeViewOf({ file, line, key, message }: Mistake): MistakeView {
  const [, rule = message, got = null] = WITH_WHAT_CAME.exec(message) ?? [];
  return { file, line, key, got, rule };
}

/** All mistakes as one problem document (RFC 9457), in the form of those that the admin API answers with. */
function documentOfMistakes(mistakes: readonly Mistake[]): string {
  return JSON.stringify({
    type: '/problems/bad-configuration',
    title: 'The configuration has mistakes',
    status: 0,
    detail: mistakes.map(formatMistake).join('; '),
    code: 'bad-configuration',
    mistakes: mistakes.map(mistakeViewOf),
  });
}

/** Tells all mistakes: for a person a line each, for programs as one document. */
export function textOfMistakes(mistakes: readonly Mistake[], format: 'table' | 'json'): string {
  if (format === 'json') return `${documentOfMistakes(mistakes)}\n`;
  return mistakes.map((mistake) => `${formatMistake(mistake)}\n`).join('');
}
