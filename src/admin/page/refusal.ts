/** What an answer says that refuses. */
export interface Refusal {
  readonly status: number;
  /** '' where it is no problem document, but a proxy's answer, say. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

/** Reads the answer's body. */
export async function refusalIn(response: Response): Promise<Refusal> {
  const { status } = response;
  const problem: unknown = await response.json().catch(() => null);
  const { code, title, detail } = (problem ?? {}) as Readonly<Record<string, unknown>>;
  return { status, code: textOf(code), title: textOf(title), detail: textOf(detail) };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
