import type { ReleasesView } from '../model/view.ts';
import { nearestOf } from '../support/nearest.ts';
import type { Client, Failure } from './client.ts';
import type { Format, Output } from './output.ts';
import { problemDocument } from './problem.ts';

/** What helps a person on, by the problem's code. */
const HINTS: Readonly<Record<string, string>> = {
  unauthenticated: 'give a token with --token-file FILE, or in WEIR_TOKEN or WEIR_TOKEN_FILE',
  'not-permitted': 'give the token of somebody who may',
  'invalid-token': 'it comes from weir token create or from the identity provider; --token-file holds it alone',
  'token-expired': 'a new one comes from weir token create or from the identity provider',
  'token-spent': 'a one-time token is good for one change: weir token create --once makes another',
  'revision-mismatch': 'somebody was faster: look at weir status, then ask again',
  'automation-frozen': 'when the cause is gone: weir automation on --reason TEXT',
  unhealthy: '--force with --reason overrides it, where rollout.allowForce is on',
  'taken-out': 'weir releases lists the others; without --to it goes to the last stable',
  'gate-closed': '--force with --reason overrides it, where rollout.allowForce is on',
  'store-unavailable': 'lowering and rolling back work; rollback --local is for the one sidecar that is asked',
  'no-candidate':
    'weir start VERSION --url URL sends one out; weir rollback --to VERSION goes back to an earlier release',
};

/**
 * Says why something failed, on standard error: for a person in a line or two, as `json` in one problem document.
 * Returns that nothing came of it, so that a verb can end with it.
 */
export async function tellFailure(client: Client, failure: Failure, format: Format, write: Output): Promise<void> {
  if (format === 'json') return write.error(`${documentOf(client, failure)}\n`);
  write.error(`weir: ${await sentenceOf(client, failure)}\n`);
}

function documentOf(client: Client, failure: Failure): string {
  if (failure.kind === 'problem') return failure.json;
  const title = failure.kind === 'unreachable' ? 'Nobody answers' : 'This is not an admin API of Weir';
  const detail = plainSentenceOf(client, failure);
  return problemDocument({ code: failure.kind, title, detail });
}

async function sentenceOf(client: Client, failure: Failure): Promise<string> {
  if (failure.kind !== 'problem') return plainSentenceOf(client, failure);
  const { code, detail } = failure.problem;
  const meant = code === 'unknown-version' ? await meantOf(client, detail) : null;
  const hint = Object.hasOwn(HINTS, code) ? HINTS[code] : undefined;
  return `${meant ?? detail}${hint === undefined ? '' : `\n      ${hint}`}`;
}

/** For a person, in one sentence, without asking anybody. */
export function plainSentenceOf({ url }: Client, failure: Failure): string {
  switch (failure.kind) {
    case 'unreachable':
      if (/wrong version number|packet length too long/.test(failure.text)) {
        return `no answer from ${url}: who listens there speaks no TLS; is it ${url.replace(/^https:/, 'http:')}?`;
      }
      return `no answer from ${url}: ${failure.text} (is Weir running there? --admin or WEIR_ADMIN says where)`;
    case 'stranger':
      return `${url} answers, but not as Weir's admin API does (listen.admin says where that is); it said: ${failure.text}`;
    case 'problem':
      return failure.problem.detail;
  }
}

/** The versions there are, each with what it is, and the one that was probably meant. */
async function meantOf(client: Client, detail: string): Promise<string | null> {
  const mistyped = /^unknown version "([^"]*)"/.exec(detail)?.[1];
  const heard = await client.get<ReleasesView>('/v1/releases');
  if (mistyped === undefined || !heard.ok) return null;
  const { releases } = heard.value;
  const known = releases.map(({ version, status }) => `${version} (${status})`).join(', ');
  const nearest = nearestOf(
    mistyped,
    releases.map(({ version }) => version),
  );
  return `unknown version ${mistyped}; known: ${known}${nearest === null ? '' : `. Did you mean ${nearest}?`}`;
}

/** Whether it may be over in a moment: nobody there, or somebody who is overloaded. */
export function isPassing(failure: Failure): boolean {
  if (failure.kind === 'unreachable') return true;
  return failure.kind === 'problem' && (failure.problem.status >= 500 || failure.problem.status === 429);
}
