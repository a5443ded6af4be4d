import { change } from '../change.ts';
import type { CommandParser } from '../contract.ts';
import {
  parseAutomation,
  parseRelease,
  parseRollback,
  parseRollout,
  parseStep,
  parseSwitch,
  parseWeights,
} from '../contract.ts';
import type { ProblemCode } from '../problems.ts';
import type { Route } from '../route.ts';

/** What any change may be refused for: its form, its conditions, a disk that is full, a rollout that moved meanwhile. */
const OF_EVERY_CHANGE: readonly ProblemCode[] = [
  'malformed-json',
  'malformed-if-match',
  'unsupported-media-type',
  'body-too-large',
  'invalid-body',
  'wrong-phase',
  'force-not-allowed',
  'revision-mismatch',
  'state-not-writable',
  'store-unavailable',
];

type Change = Pick<Route, 'path' | 'operation' | 'summary' | 'description' | 'examples'>;

function changing(parse: CommandParser, route: Change & Partial<Route>, problems: readonly ProblemCode[]): Route {
  return {
    method: 'post',
    role: 'operator',
    tag: 'rollout',
    ...route,
    body: parse.schema,
    needsBody: 'mistakes' in parse({}, { actor: '' }),
    answer: 'Status',
    problems: [...OF_EVERY_CHANGE, ...problems],
    handle: change(parse),
  };
}

/** What can be changed; each answers with the new status once it is in force. */
export const CHANGES: readonly Route[] = [
  changing(
    parseWeights,
    {
      method: 'put',
      path: '/v1/weights',
      operation: 'setWeights',
      summary: 'Set the weights by hand, in percent',
      description:
        'By side (`stable`, `candidate`) or by version. One weight alone leaves the rest to the other side; two must ' +
        'sum to 100. A plan stays, but goes on only when somebody says advance. In a fleet it is for all; with `local`, ' +
        'and 0 for the candidate, for this sidecar alone.',
      examples: {
        'By side': { candidate: 5, reason: 'first users' },
        'By version': { 'v1.3.0': 5, 'v1.2.3': 95 },
      },
    },
    ['invalid-weights', 'no-candidate', 'unknown-version', 'automation-frozen', 'unhealthy', 'no-fleet'],
  ),
  changing(
    parseRollback,
    {
      path: '/v1/rollback',
      operation: 'rollBack',
      summary: 'Everything to stable, latched',
      description:
        'Or with `to`, to another release that is known and was not itself taken out: no guard watches it there. The body may be empty. In a fleet it is for all; with `local` ' +
        'for this sidecar alone.',
      examples: { 'To stable': { reason: 'checkout fails' }, 'To a release': { to: 'v1.2.2', reason: 'both are bad' } },
    },
    ['no-candidate', 'unknown-version', 'taken-out', 'unhealthy', 'no-fleet'],
  ),
  changing(
    parseRollout,
    {
      path: '/v1/rollout',
      operation: 'startRollout',
      summary: 'Send a candidate out',
      description:
        "On its own plan, or the configuration file's, or at its weight; always with an empty window. During a bake it " +
        'goes beside the release that was stable before, and the one that was baking gets nothing more.',
      examples: {
        'On a plan of its own': {
          version: 'v1.3.0',
          url: 'http://127.0.0.1:3001',
          commit: '4f2a9c1',
          plan: [
            { weight: 5, hold: '2m' },
            { weight: 100, hold: '10m', gate: { url: 'https://gates.example/weir' } },
          ],
        },
      },
    },
    ['version-conflict', 'automation-frozen', 'unhealthy'],
  ),
  changing(
    parseStep.pause,
    { path: '/v1/rollout/pause', operation: 'pauseRollout', summary: 'The weight stays; guards go on acting' },
    [],
  ),
  changing(
    parseStep.resume,
    { path: '/v1/rollout/resume', operation: 'resumeRollout', summary: 'The plan goes on; its hold begins anew' },
    [],
  ),
  changing(
    parseStep.advance,
    { path: '/v1/rollout/advance', operation: 'advanceRollout', summary: 'The next step of the plan at once' },
    ['automation-frozen', 'unhealthy', 'gate-closed'],
  ),
  changing(
    parseStep.promote,
    { path: '/v1/rollout/promote', operation: 'promoteRollout', summary: 'The candidate becomes stable' },
    ['automation-frozen', 'unhealthy'],
  ),
  changing(
    parseSwitch,
    {
      path: '/v1/switch',
      operation: 'switchRelease',
      summary: 'Everything to a known release in one step, as in blue-green',
      examples: { Switch: { version: 'v1.3.0', reason: 'blue to green' } },
    },
    ['unknown-version', 'automation-frozen', 'unhealthy'],
  ),
  changing(
    parseRelease,
    {
      path: '/v1/releases',
      tag: 'releases',
      operation: 'registerRelease',
      summary: 'Make a release known, so that it can be switched to',
      examples: { Register: { version: 'v1.3.0', url: 'http://127.0.0.1:3001' } },
    },
    ['version-conflict'],
  ),
  changing(
    parseAutomation,
    {
      path: '/v1/automation',
      tag: 'automation',
      operation: 'setAutomation',
      summary: 'Whether Weir goes on by itself; on lifts the breaker',
      examples: { 'Lift the breaker': { enabled: true, reason: 'cause found' } },
    },
    [],
  ),
];
