import { send, sendProblem } from '../answer.ts';
import { eventsQuery, historyQuery, parseHistoryQuery } from '../contract.ts';
import { identityOf } from '../doors.ts';
import { sendPieces } from '../pieces.ts';
import { problemOfMistakes } from '../problems.ts';
import type { Route } from '../route.ts';
import { sendStatus } from '../send-status.ts';
import { historyOf, releasesOf, whoamiOf } from '../views.ts';

/** What can be read. */
export const LOOKS: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/status',
    role: 'viewer',
    tag: 'status',
    operation: 'getStatus',
    summary: 'Where the rollout stands, and why',
    answer: 'Status',
    problems: [],
    handle:
      ({ look }) =>
      (_request, response) =>
        sendStatus(response, look()),
  },
  {
    method: 'get',
    path: '/v1/history',
    role: 'viewer',
    tag: 'status',
    operation: 'getHistory',
    summary: 'The newest events first',
    query: historyQuery,
    answer: 'History',
    problems: ['invalid-query'],
    handle:
      ({ history }) =>
      (request, response) => {
        const query = parseHistoryQuery(request.query);
        if ('mistakes' in query)
          return sendProblem(request, response, problemOfMistakes('invalid-query', query.mistakes));
        const { events } = historyOf(history(query.value.limit), query.value.limit);
        return sendPieces(request, response, 'events', events);
      },
  },
  {
    method: 'get',
    path: '/v1/events',
    role: 'viewer',
    tag: 'status',
    operation: 'followEvents',
    summary: 'Everything as it comes, as Server-Sent Events',
    description:
      '`rollout`: an event of the journal, its id the seq. `status`: as GET /v1/status; first, each second, and after ' +
      'each rollout. `samples` and `sample`: the last ten minutes, then each second. `gap`: what follows Last-Event-ID ' +
      'is not kept; read GET /v1/history. Send Last-Event-ID to miss nothing.',
    query: eventsQuery,
    answer: 'Events',
    problems: ['invalid-query', 'too-many-streams', 'stopping'],
    // An API without a sidecar around it has nothing to follow.
    handle: ({ events }) => events ?? ((_request, _response, next) => next('route')),
  },
  {
    method: 'get',
    path: '/v1/releases',
    role: 'viewer',
    tag: 'releases',
    operation: 'getReleases',
    summary: 'The releases that Weir knows, oldest first',
    answer: 'Releases',
    problems: [],
    handle:
      ({ look }) =>
      (_request, response) =>
        send(response, releasesOf(look())),
  },
  {
    method: 'get',
    path: '/v1/whoami',
    role: 'viewer',
    tag: 'about',
    operation: 'getWhoami',
    summary: 'Whom Weir takes the client for',
    answer: 'Whoami',
    problems: [],
    handle: () => (_request, response) => send(response, whoamiOf(identityOf(response))),
  },
];
