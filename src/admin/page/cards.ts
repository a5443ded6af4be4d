import type { Sample } from '../../model/feed.ts';
import type { StatusView } from '../../model/view.ts';
import { byId, fill, make, setText, show } from './dom.ts';
import type { Gauge } from './gauges.ts';
import { gaugesOf, proofOf } from './gauges.ts';
import type { ShownStep } from './steps.ts';
import { paceOf, stepsOf } from './steps.ts';
import { nothingJudgedOf, verdictWordOf } from './words.ts';

/** The card of the verdict: how close each guard is to a reset, and how close the candidate to proof. */
export function drawEvidence(status: StatusView, samples: readonly Sample[]): void {
  const word = verdictWordOf(status);
  setText(byId('verdict'), word);
  byId('verdict').dataset['kind'] = status.verdict.kind;
  const gauges = gaugesOf(status, samples);
  show(byId('no-gauges'), gauges.length === 0);
  setText(byId('no-gauges'), nothingJudgedOf(status));
  show(byId('gauges-title'), gauges.length > 0);
  fill(byId('gauges'), gauges, newGauge, updateGauge);
  const { traceIds } = status;
  show(byId('traces'), traceIds.length > 0);
  fill(
    byId('trace-ids'),
    traceIds,
    () => make('code', ''),
    (item, id) => setText(item, id),
  );
  const proof = proofOf(status);
  show(byId('proof'), proof !== null);
  if (proof !== null) {
    byId('proof-meter').style.width = `${proof.fraction * 100}%`;
    setText(byId('proof-percent'), proof.fraction === 1 ? 'proven' : `${Math.floor(proof.fraction * 100)} %`);
    setText(byId('proof-text'), proof.text);
  }
}

function newGauge(): HTMLLIElement {
  const head = make('div', 'gauge-head', make('span', 'gauge-name'), make('span', 'gauge-value'));
  return make('li', 'gauge', head, make('div', 'meter', make('div', 'meter-fill')), make('p', 'gauge-text'));
}

function updateGauge(item: HTMLLIElement, { name, fraction, state, value, text }: Gauge): void {
  const percent = Math.floor(fraction * 100);
  item.dataset['state'] = state;
  item.dataset['level'] = percent >= 66 ? 'high' : percent >= 33 ? 'middle' : 'low';
  setText(item.querySelector('.gauge-name')!, name);
  setText(item.querySelector('.gauge-value')!, value);
  setText(item.querySelector('.gauge-text')!, text);
  item.querySelector<HTMLElement>('.meter-fill')!.style.width = `${fraction * 100}%`;
}

/** The card of the plan: its steps with the present one marked, and what it waits for. */
export function drawPlan(status: StatusView): void {
  const steps = stepsOf(status);
  setText(byId('pace'), paceOf(status));
  show(byId('steps'), steps.length > 0);
  fill(byId('steps'), steps, newStep, updateStep);
}

function newStep(): HTMLLIElement {
  const line = make('div', 'step-line', make('span', 'step-weight'), make('span', 'step-hold'));
  return make('li', 'step', line, make('div', 'meter', make('div', 'meter-fill')));
}

function updateStep(item: HTMLLIElement, { weight, state, hold, fraction }: ShownStep): void {
  item.dataset['state'] = state;
  if (state === 'present') item.setAttribute('aria-current', 'step');
  else item.removeAttribute('aria-current');
  setText(item.querySelector('.step-weight')!, weight);
  setText(item.querySelector('.step-hold')!, state === 'done' ? 'done' : hold);
  item.querySelector<HTMLElement>('.meter-fill')!.style.width = `${fraction * 100}%`;
}
