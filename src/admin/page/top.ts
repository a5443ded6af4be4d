import type { StatusView } from '../../model/view.ts';
import { byId, fill, make, setText, show } from './dom.ts';
import { warningsOf } from './warnings.ts';
import { headlineOf, PHASE_WORDS, percentOf, PROGRESS_WORDS, ratioOf, millisecondsOf, spanOf } from './words.ts';

/** The top of the page: phase, weights and warnings, to be read in ten seconds. */
export function createTop() {
  let announced = '';

  return {
    /** @param nowMs wall time of the server. */
    draw(status: StatusView, nowMs: number): void {
      const { service, phase, since, reason, weights, stable, candidate, former, rollback } = status;
      const { word, sign } = PHASE_WORDS[phase];
      setText(byId('service'), service);
      document.body.dataset['phase'] = phase;
      setText(byId('phase'), word);
      setText(byId('phase-sign'), sign);
      const progress = rollback === undefined ? '' : ` · ${PROGRESS_WORDS[rollback.progress]}`;
      setText(byId('since'), `for ${spanOf(nowMs - Date.parse(since))}${progress}`);
      setText(byId('headline'), headlineOf(status));
      setText(byId('reason'), reason);
      document.title = `${sign} ${word} – ${service}`;

      setText(byId('weight-stable'), percentOf(weights.stable));
      setText(byId('weight-candidate'), percentOf(weights.candidate));
      setText(byId('version-stable'), stable.version);
      const other = candidate ?? former ?? null;
      setText(byId('side-candidate'), former === undefined ? 'Candidate' : 'Former stable');
      setText(byId('version-candidate'), other?.version ?? 'none');
      byId('bar-candidate').style.width = `${weights.candidate}%`;
      byId('bar').setAttribute('aria-label', `stable ${weights.stable} %, candidate ${weights.candidate} %`);
      for (const side of ['stable', 'candidate'] as const) {
        const { requests, errorRatio, p95Ms } = status.window[side];
        const count = `${requests.toLocaleString('en')} requests in ${spanOf(status.guards.windowMs)}`;
        const measured = [`${ratioOf(errorRatio)} failed`, `P95 ${millisecondsOf(p95Ms)}`];
        const numbers = requests === 0 ? [count] : [count, ...measured];
        // Broken between the numbers and never inside one.
        const words = numbers.map((number) => number.replaceAll(' ', '\u00A0')).join(' · ');
        setText(byId(`window-${side}`), side === 'candidate' && other === null ? '' : words);
      }

      const warnings = warningsOf(status);
      show(byId('warnings'), warnings.length > 0);
      fill(
        byId('warnings'),
        warnings,
        () => make('li', 'warning', make('strong', ''), ' ', make('span', '')),
        (item, { title, text }) => {
          setText(item.children[0]!, title);
          setText(item.children[1]!, text);
        },
      );

      // Only changes are announced: a screen reader that is told everything each second is told nothing.
      const titles = warnings.map(({ title }) => title);
      const announcement = [`${word}. ${headlineOf(status)} ${reason}`, ...titles].join('. ');
      const key = JSON.stringify([phase, status.revision, titles]);
      if (announced !== '' && announced !== key) setText(byId('announcer'), announcement);
      announced = key;
    },
  };
}
