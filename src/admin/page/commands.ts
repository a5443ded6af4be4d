import type { StatusView } from '../../model/view.ts';
import { refusalIn } from './refusal.ts';
import type { Session } from './session.ts';

/** What a person asks for, as the admin API takes it. */
export interface Order {
  readonly method: 'PUT' | 'POST';
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The revision that the person saw; null where it makes no difference, as in an emergency. */
  readonly revision: number | null;
}

export type Answer =
  | { readonly ok: true; readonly status: StatusView }
  | { readonly ok: false; readonly message: string };

/** Sends it; the answer is the status that it led to, so that the next order need not wait for the stream. */
export async function send(session: Session, { method, path, body, revision }: Order): Promise<Answer> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (revision !== null) headers['If-Match'] = `"${revision}"`;
  try {
    const response = await session.fetch(path, { method, headers, body: JSON.stringify(body) });
    if (response.ok) return { ok: true, status: (await response.json()) as StatusView };
    const { status, title, detail } = await refusalIn(response);
    return { ok: false, message: title === '' ? `Refused with status ${status}` : `${title}: ${detail}` };
  } catch (error) {
    return { ok: false, message: `Weir did not answer: ${error instanceof Error ? error.message : String(error)}` };
  }
}
