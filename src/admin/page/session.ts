import { refusalIn } from './refusal.ts';
import type { Who } from './rights.ts';

/**
 * Who sits before the page. The token lives in this object and nowhere else: not in storage, not in an address, gone
 * with the tab.
 */
export interface Session {
  /** A request with the token, if there is one; asks for another where that one opens nothing, and tries again. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  who(): Promise<Who>;
}

/** @param askToken resolves with a token that a person has typed; it is told what is wrong with the last, '' for none. */
export function createSession(askToken: (objection: string) => Promise<string>): Session {
  let token: string | null = null;
  let asking: Promise<string> | null = null;

  async function renew(refused: string | null, objection: string): Promise<void> {
    if (token !== refused) return;
    asking ??= askToken(objection);
    token = await asking;
    asking = null;
  }

  async function fetchAs(path: string, init: RequestInit = {}): Promise<Response> {
    for (;;) {
      const sent: string | null = token;
      const headers = new Headers(init.headers);
      if (sent !== null) headers.set('Authorization', `Bearer ${sent}`);
      const response = await fetch(path, { ...init, headers, cache: 'no-store' });
      const objection = await objectionOf(response, sent, init.method ?? 'GET');
      if (objection === null) return response;
      await renew(sent, objection);
    }
  }

  return {
    fetch: fetchAs,
    async who() {
      const response = await fetchAs('/v1/whoami');
      if (!response.ok) throw new Error(`whoami answered ${response.status}`);
      return (await response.json()) as Who;
    },
  };
}

/**
 * What is wrong with who asks, for a person; null where it is something else that was refused. Too many failures are
 * somebody's at the same address, and no answer to a right token: without asking, nobody could sign in any more.
 */
async function objectionOf(response: Response, sent: string | null, method: string): Promise<string | null> {
  if (response.ok) return null;
  const { status, code, detail } = await refusalIn(response.clone());
  if (status === 401) return sent === null ? '' : `That token was refused: ${detail || 'it is not known here'}.`;
  if (code === 'too-many-failures') {
    const of = sent === null ? '' : 'That token was refused. ';
    return `${of}Too many wrong tokens have come from this address; a right one is let in at any time.`;
  }
  // Whoever may look but not change is shown what there is to see.
  return code === 'not-permitted' && method === 'GET' ? `That token does not let you look: ${detail}.` : null;
}
