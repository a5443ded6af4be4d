import type { Reason } from '../../model/verdict.ts';
import type { StatusView } from '../../model/view.ts';
import type { Paint } from '../output.ts';

const TONES = { healthy: 'green', unhealthy: 'red', inconclusive: 'yellow' } as const;
const MARKS = { '>': '✗', '<=': '✓', unknown: '·' } as const satisfies Record<Reason['relation'], string>;

/** What the judge says and why, and what it waits for. */
export function verdictLines({ phase, verdict, waitingFor, traceIds }: StatusView, paint: Paint): string[] {
  const { kind, reasons } = verdict;
  if (reasons.length === 0 && (phase === 'idle' || phase === 'rolled-back')) {
    return ['nothing to judge: the candidate gets no requests'];
  }
  const none = reasons.length === 0 ? '  no guard has anything to judge' : '';
  const then = phase === 'rolled-back' && kind === 'unhealthy' ? '  when it was taken out' : '';
  return [
    `${paint(TONES[kind], kind)}${none}${then}`,
    ...reasons.map(({ relation, text }) => `${MARKS[relation]} ${text}`),
    ...(waitingFor === null ? [] : [`waits for: ${waitingFor.text}`]),
    ...(traceIds.length === 0 ? [] : [`trace ids: ${traceIds.join(' ')}`]),
  ];
}
