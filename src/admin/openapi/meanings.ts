import type { ProblemCode } from '../problems.ts';

/** What each problem means, and what to do about it. */
export const MEANINGS: Readonly<Record<ProblemCode, readonly [meaning: string, remedy: string]>> = {
  'malformed-json': [
    'The body is not JSON in UTF-8.',
    'Send one JSON object; the detail says where reading it stopped.',
  ],
  'malformed-if-match': [
    'If-Match is neither one quoted revision nor *.',
    'Send the ETag of the status as it came, like "5", or leave the header out.',
  ],
  'invalid-query': ['A query parameter is unknown, doubled or out of its range.', 'Correct what the mistakes name.'],
  unauthenticated: [
    'The listener has tokens or OIDC configured, and the request brings no token.',
    'Send Authorization: Bearer TOKEN.',
  ],
  'invalid-token': [
    'The token is unknown, revoked, forged, or meant for somebody else.',
    'Make one with weir token create, or sign in again at the identity provider.',
  ],
  'token-expired': ['The token was good, and its time is over.', 'Get a new one.'],
  'token-spent': [
    'The one-time token has been used for a change, or was made before the journal was lost or set aside.',
    'Get a new one for each change.',
  ],
  'not-permitted': [
    'Weir knows who asks, and the role does not allow this: viewers read, operators change.',
    'Ask as an operator, or have the role given to you.',
  ],
  'host-not-allowed': [
    'The Host header names neither loopback nor a name that Weir is known by, as after DNS rebinding.',
    'Call the listener by 127.0.0.1, [::1] or localhost, or by a name it is configured for.',
  ],
  'origin-not-allowed': [
    'A browser sent this for a page from elsewhere.',
    'Use a page that the listener itself serves, or a client that is no browser.',
  ],
  'not-found': ['There is nothing at this path, or no such name.', 'Look at /openapi.json for what there is.'],
  'unknown-version': [
    'Weir remembers no release of this version.',
    'Take a version that GET /v1/releases lists, or make it known with POST /v1/releases.',
  ],
  'method-not-allowed': ['The path is right, the method is not.', 'Use a method that the Allow header lists.'],
  'no-candidate': [
    'There is no candidate that could get traffic or lose it.',
    'Start one with POST /v1/rollout first.',
  ],
  'wrong-phase': [
    'The rollout stands where this makes no sense, or it changed while the request was being checked.',
    'Read the status again; the detail says what stands in the way.',
  ],
  unhealthy: [
    'The release fails its health check or probe, or the candidate is not proven well.',
    'Mend the release, or wait for the verdict. force overrides this where rollout.allowForce is on.',
  ],
  'taken-out': [
    'The rollback names a release that was itself taken out, and no guard watches what a rollback goes to.',
    'POST /v1/switch goes there with the guards on. force overrides this where rollout.allowForce is on. Without to, a rollback goes to the last stable, which is never refused.',
  ],
  'gate-closed': [
    'The gate of the next step did not answer 200.',
    'Find out from the gate why. force overrides this where rollout.allowForce is on.',
  ],
  'automation-frozen': [
    'Too many automatic rollbacks have frozen automation: the candidate may only get less.',
    'Find the cause, then lift the breaker with POST /v1/automation {"enabled": true, "reason": "…"}.',
  ],
  'force-not-allowed': [
    'The request asks to override checks, and the configuration does not allow that.',
    'Ask without force, or set rollout.allowForce in the configuration.',
  ],
  'no-fleet': ['The request asks for something of this sidecar alone, and it is alone anyway.', 'Ask without local.'],
  'version-conflict': [
    'The version is already known with another address or provenance, or is stable already.',
    'Give the new build a new version: a version means the same release for ever.',
  ],
  'revision-mismatch': [
    'The rollout has changed since the status that If-Match refers to.',
    'Read the status again, decide anew, and send its ETag.',
  ],
  'body-too-large': ['The body is longer than 64 KiB.', 'Send less: no request of this API needs as much.'],
  'unsupported-media-type': [
    'The body is not declared as plain JSON.',
    'Send Content-Type: application/json and no Content-Encoding, with an empty body too.',
  ],
  'invalid-body': ['The body is JSON, but a key or a value in it is not right.', 'Correct what the mistakes name.'],
  'invalid-weights': [
    'The weights name a side twice or do not sum to 100.',
    'Give one weight, or two that sum to 100, by side or by version.',
  ],
  'too-many-failures': [
    'Too many requests from this address have failed to say who they are.',
    'Wait as long as Retry-After says, or send a right token: that is let in at any time.',
  ],
  'internal-error': [
    "Something failed inside Weir. Traffic is not affected; Weir's log has the cause.",
    'Read the status, then try again; report it if it stays.',
  ],
  stopping: [
    'Weir has been told to stop and opens no further stream.',
    'Look for the sidecar that comes after it; traffic is served until the drain ends.',
  ],
  'too-many-streams': [
    'As many clients follow GET /v1/events as may.',
    'Close one, or come back later; Retry-After says when.',
  ],
  'identity-provider-away': [
    'The keys of the identity provider could not be fetched, so nothing is known of the token.',
    'Try again in a few seconds, or use a token of the tokens file.',
  ],
  'state-not-writable': [
    "The journal cannot be written, so the candidate's weight may only fall.",
    'Make journal.dir writable: look for a full disk or missing rights. Rolling back always works.',
  ],
  'store-unavailable': [
    "The fleet's store cannot be asked, or is being refilled, so the candidate may only get less.",
    'Wait until the store answers again. Lowering and rolling back work here at once, and everywhere when it does.',
  ],
};
