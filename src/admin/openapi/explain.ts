import type { ProblemCode } from '../problems.ts';
import { PROBLEMS } from '../problems.ts';
import { MEANINGS } from './meanings.ts';

/** What a problem means and what to do: the answer at the place where its `type` leads. */
export interface Explanation {
  readonly code: ProblemCode;
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly meaning: string;
  readonly remedy: string;
}

export function explanationOf(code: ProblemCode): Explanation {
  const { status, title } = PROBLEMS[code];
  const [meaning, remedy] = MEANINGS[code];
  return { code, type: `/problems/${code}`, status, title, meaning, remedy };
}

export function explanations(): readonly Explanation[] {
  return Object.keys(PROBLEMS).map((code) => explanationOf(code as ProblemCode));
}
