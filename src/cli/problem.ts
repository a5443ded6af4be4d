import type { Format, Output } from './output.ts';

/** Why a verb could not do what it was asked, where no admin API has said so. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

/** On standard error: for a person the detail, as `json` one document in the form of the API's problems (RFC 9457). */
export function tellProblem(problem: Problem, format: Format, write: Output): void {
  write.error(`${format === 'json' ? problemDocument(problem) : problem.detail}\n`);
}

export function problemDocument({ code, title, detail }: Problem): string {
  return JSON.stringify({ type: `/problems/${code}`, title, status: 0, detail, code });
}
