import type { RolloutEvent } from '../../model/event.ts';
import { drawEvidence, drawPlan } from './cards.ts';
import { createCharts } from './charts.ts';
import { monotonicMs } from './clock.ts';
import { send } from './commands.ts';
import { follow } from './connection.ts';
import { createControls } from './controls.ts';
import { byId, setText, show } from './dom.ts';
import { drawFleet } from './fleet.ts';
import { EMPTY_PICTURE, withEvents, withMessage } from './picture.ts';
import type { Who } from './rights.ts';
import { columnsOf, limitsOf } from './series.ts';
import { createSession } from './session.ts';
import { askToken } from './sign-in.ts';
import { createTimeline } from './timeline.ts';
import { createTop } from './top.ts';
import { sideNamesOf, spanOf } from './words.ts';

/** The page, put together: messages change the picture, and the picture is drawn, at most once a frame. */
let picture = EMPTY_PICTURE;
let who: Who | null = null;
/** On the page's clock: when something last came, and since when nothing does. */
let heardAtMs = monotonicMs();
let lostAtMs: number | null = null;
/** What Weir answers instead of events. */
let lostAnswer = '';
let hasConnected = false;
let isDue = false;

const session = createSession(askToken);
const controls = createControls(async (order) => {
  const answer = await send(session, order);
  if (answer.ok) picture = { ...picture, status: answer.status };
  redraw();
  return answer;
});
const hero = createTop();
const timeline = createTimeline();
const charts = createCharts();

function draw(): void {
  isDue = false;
  const { status, samples, events } = picture;
  drawConnection();
  controls.draw(status, who);
  if (status === null) return;
  const sampledAt = samples.at(-1)?.at;
  const nowMs = sampledAt === undefined ? Date.parse(status.since) : Date.parse(sampledAt) + monotonicMs() - heardAtMs;
  hero.draw(status, nowMs);
  drawEvidence(status, samples);
  drawPlan(status);
  drawFleet(status);
  timeline.draw(events, nowMs);
  charts.draw(columnsOf(samples), limitsOf(status.guards), sideNamesOf(status));
}

function drawConnection(): void {
  const isLost = lostAtMs !== null;
  document.body.classList.toggle('stale', isLost);
  show(byId('loading'), !hasConnected && !isLost);
  show(byId('lost'), isLost);
  if (lostAtMs !== null) {
    const since = hasConnected ? `What you see is ${spanOf(monotonicMs() - heardAtMs)} old.` : 'Nothing has come yet.';
    const parts = [since, lostAnswer, 'It is tried again all the time.'];
    setText(byId('lost-since'), parts.filter((part) => part !== '').join(' '));
  }
  setText(byId('connection'), isLost ? 'connection lost' : hasConnected ? 'live' : 'connecting');
  byId('connection').dataset['state'] = isLost ? 'lost' : hasConnected ? 'live' : 'connecting';
  setText(byId('who'), who === null ? '' : whoseName(who));
}

/** Without tokens nobody has a name, but everybody on the machine a role. */
function whoseName({ name, role, authentication }: Who): string {
  return authentication === 'loopback' ? `${role}, on this machine` : `${name} (${role})`;
}

/** Not by animation frame, which stands still in a hidden tab, whose title should tell the phase all the same. */
function redraw(): void {
  if (isDue) return;
  isDue = true;
  setTimeout(draw, 0);
}

async function readHistory(): Promise<void> {
  const response = await session.fetch('/v1/history?limit=100');
  const { events = [] } = (await response.json()) as { readonly events?: readonly RolloutEvent[] };
  picture = withEvents(picture, events);
  redraw();
}

async function introduce(): Promise<void> {
  who = await session.who();
  redraw();
}

void follow({
  session,
  message(message) {
    heardAtMs = monotonicMs();
    picture = withMessage(picture, message);
    if (message.event === 'gap') readHistory().catch(redraw);
    redraw();
  },
  opened() {
    lostAtMs = null;
    heardAtMs = monotonicMs();
    if (!hasConnected) readHistory().catch(redraw);
    hasConnected = true;
    introduce().catch(redraw);
    redraw();
  },
  lost(answer) {
    lostAtMs ??= monotonicMs();
    lostAnswer = answer;
    redraw();
  },
});
setInterval(redraw, 1000);
document.addEventListener('visibilitychange', redraw);
