import type { Who } from './rights.ts';

/**
 * Who sits before the page. The token lives in this object and nowhere else: not in storage, not in an address, gone
 * with the tab.
 */
export interface Session {
  /** A request with the token, if there is one; asks for one on 401 and tries again. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  who(): Promise<Who>;
}

/** @param askToken resolves with a token that a person has typed. */
export function createSession(askToken: (wasRefused: boolean) => Promise<string>): Session {
  let token: string | null = null;
  let asking: Promise<string> | null = null;

  async function renew(refused: string | null): Promise<void> {
    if (token !== refused) return;
    asking ??= askToken(refused !== null);
    token = await asking;
    asking = null;
  }

  async function fetchAs(path: string, init: RequestInit = {}): Promise<Response> {
    for (;;) {
      const sent: string | null = token;
      const headers = new Headers(init.headers);
      if (sent !== null) headers.set('Authorization', `Bearer ${sent}`);
      const response = await fetch(path, { ...init, headers, cache: 'no-store' });
      if (response.status !== 401) return response;
      await renew(sent);
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
