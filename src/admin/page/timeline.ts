import type { RolloutEvent } from '../../model/event.ts';
import { byId, make, setText, show } from './dom.ts';
import { keyOf } from './picture.ts';
import { percentOf, subjectOf, timeOf, zoneOf } from './words.ts';

/** Events that measurements led to. Every other one while rolled back only repeats what the rollback was for. */
const CAUSED: ReadonlySet<RolloutEvent['type']> = new Set(['rolled-back', 'judge-failed']);

/** The journal's latest events, newest first. An event never changes, so each is drawn once; only its day is told later. */
export function createTimeline() {
  const drawn = new Map<string, HTMLElement>();
  let today = '';

  /** Whoever looks before midnight may still look after it. */
  function tellDays(nowMs: number): void {
    const day = new Date(nowMs).toDateString();
    if (day === today) return;
    today = day;
    setText(byId('zone'), `times in ${zoneOf(new Date(nowMs).getTimezoneOffset())}`);
    for (const item of drawn.values()) {
      const time = item.querySelector('time')!;
      setText(time, timeOf(time.dateTime, nowMs));
    }
  }

  return {
    /** @param nowMs wall time of the server. */
    draw(events: readonly RolloutEvent[], nowMs: number): void {
      const list = byId('timeline');
      show(byId('no-events'), events.length === 0);
      const wanted = new Set(events.map(keyOf));
      for (const [key, item] of drawn) {
        if (wanted.has(key)) continue;
        item.remove();
        drawn.delete(key);
      }
      for (const [i, event] of events.entries()) {
        if (drawn.has(keyOf(event))) continue;
        const item = itemOf(event, nowMs);
        drawn.set(keyOf(event), item);
        list.insertBefore(item, list.children[i] ?? null);
      }
      tellDays(nowMs);
    },
  };
}

function itemOf(event: RolloutEvent, nowMs: number): HTMLElement {
  const { seq, at, type, actor, weights, reason, reasons, traceIds, fleet } = event;
  const time = make('time', '', timeOf(at, nowMs));
  time.dateTime = at;
  time.title = `${at}, event ${seq}`;
  const { before, after } = weights;
  // At the end of a bake a release changes sides, and no request its way.
  const isMove = before.candidate !== after.candidate && type !== 'baked';
  const move = `candidate ${percentOf(before.candidate)} → ${percentOf(after.candidate)}`;
  const head = make(
    'div',
    'event-head',
    make('span', 'event-type', type),
    make('span', 'event-subject', subjectOf(event)),
    make('span', 'event-actor', `by ${actor}${fleet === undefined ? '' : ` at ${fleet.member}`}`),
  );
  if (isMove) head.append(make('span', 'event-move', move));
  const body = make('div', 'event-body', head);
  if (reason !== '') body.append(make('p', 'event-reason', reason));
  if (!CAUSED.has(type)) return listed(type, time, body);
  const further = reasons.filter(({ text, relation }) => relation === '>' && !reason.includes(text));
  for (const { text } of further) body.append(make('p', 'event-reason', text));
  if (traceIds.length > 0) {
    const ids = traceIds.map((id) => make('code', '', id));
    body.append(make('p', 'event-traces', 'traces ', ...ids));
  }
  return listed(type, time, body);
}

function listed(type: string, time: HTMLElement, body: HTMLElement): HTMLElement {
  const item = make('li', 'event', time, body);
  item.dataset['type'] = type;
  return item;
}
