import type { Guards } from '../model/guards.ts';
import type { Outlook, Prospect, Reason, Verdict } from '../model/verdict.ts';
import { limitsOf } from './limit.ts';
import type { Observed } from './observed.ts';
import { phraseMs, phraseRequests } from './phrase.ts';
import { plainReason } from './plain.ts';
import { versusOf } from './versus.ts';
import { createWeighing } from './weigh.ts';

/**
 * The verdict over all guards. One broken guard makes the candidate unhealthy. It is healthy when every limit is kept,
 * which by the evidence rule means proven; the guards beside stable are a further way to roll back and nothing that
 * health waits for, because a candidate as good as a stable that never fails can never be proven so.
 */
export interface Judge {
  /** `given` are reasons measured elsewhere, simply broken or kept: a probe's. */
  judge(observed: Observed, given?: readonly Reason[]): Verdict;
  /** What an inconclusive verdict waits for. Costs more than a verdict, so it is not for every beat. */
  prospect(observed: Observed): Prospect;
}

/** Prepares the evidence for these guards; `slotMs` is the length of the window's slots. */
export function createJudge(guards: Guards, slotMs: number): Judge {
  const limits = limitsOf(guards);
  const weighings = limits.map((limit) => createWeighing(limit, guards, slotMs));
  const beside = versusOf(guards, slotMs);

  function limitReasons(observed: Observed): Reason[] {
    if (guards.rule === 'evidence') return weighings.map(({ reason }) => reason(observed));
    const [candidate, stable] = [observed.candidate.since(0), observed.stable.since(0)];
    return limits.map((limit) => plainReason(limit, guards, candidate, stable));
  }

  function requestsToDecide(observed: Observed): Record<'proof' | 'breach', number | null> {
    if (guards.rule === 'plain') {
      const counts = observed.candidate.since(0);
      const missing = limits.map((limit) => guards.minRequests - limit.countsOf(counts).requests);
      return { proof: limits.length === 0 ? null : Math.max(0, ...missing), breach: null };
    }
    const proofs = weighings.map((weighing) => weighing.requestsToProof(observed));
    const breaches = weighings.map((weighing) => weighing.requestsToBreach(observed)).filter((count) => count !== null);
    return {
      // Health needs the slowest of the guards, a rollback only the quickest.
      proof: proofs.length === 0 || proofs.includes(null) ? null : Math.max(...proofs.map((count) => count ?? 0)),
      breach: breaches.length === 0 ? null : Math.min(...breaches),
    };
  }

  return {
    judge(observed, given = []) {
      const kept = [...limitReasons(observed), ...given];
      const reasons = [...kept, ...beside.map((versus) => versus(observed))];
      if (reasons.some(({ relation }) => relation === '>')) return { kind: 'unhealthy', reasons };
      const isKept = kept.length > 0 && kept.every(({ relation }) => relation === '<=');
      return { kind: isKept ? 'healthy' : 'inconclusive', reasons };
    },
    prospect(observed) {
      const { requests, spanMs } = observed.candidate.since(0);
      const { proof, breach } = requestsToDecide(observed);
      const outlookOf = (more: number | null): Outlook | null => {
        if (more === null) return null;
        return { requests: more, ms: requests === 0 || spanMs === 0 ? null : Math.round((more * spanMs) / requests) };
      };
      const [proven, broken] = [outlookOf(proof), outlookOf(breach)];
      return { proof: proven, breach: broken, text: phraseProspect(proven, broken, guards.rule) };
    },
  };
}

function phraseProspect(proof: Outlook | null, breach: Outlook | null, rule: Guards['rule']): string {
  const aims = { evidence: 'to prove that the candidate is healthy', plain: 'to decide' };
  const parts = [
    proof === null
      ? 'at this rate of failures no number of requests proves the candidate healthy'
      : `${phraseOutlook(proof)} ${aims[rule]}`,
    ...(breach === null ? [] : [`failing as they do now, ${phraseOutlook(breach)} break a limit`]),
  ];
  return parts.join('; ');
}

function phraseOutlook({ requests, ms }: Outlook): string {
  const time = ms === null ? 'and there is no traffic' : `about ${phraseMs(ms, 2)} at the present rate`;
  return `${phraseRequests(requests)} more (${time})`;
}
