import type { ReleasesView } from '../model/view.ts';
import { phraseTime } from './card/phrase.ts';
import { change } from './change.ts';
import type { ChangeOptions, Operation } from './operation.ts';
import { outcomeOf } from './outcome.ts';

/** Blue-green: everything to a known release in one step. One that was taken out before may be tried again, knowingly. */
export async function switchTo(operation: Operation, version: string, options: ChangeOptions): Promise<number> {
  const past = await pastOf(operation, version);
  return change(
    operation,
    {
      method: 'POST',
      path: '/v1/switch',
      body: { version },
      tell: (before, after) => [...outcomeOf(before, after), ...(before.revision === after.revision ? [] : past)],
    },
    options,
  );
}

/** Of a release that was taken out: when and what for. Nothing where that cannot be had: it keeps nobody from switching. */
async function pastOf({ client, clock, format }: Operation, version: string): Promise<readonly string[]> {
  if (format === 'json') return [];
  const heard = await client.get<ReleasesView>('/v1/releases');
  const release = heard.ok ? heard.value.releases.find((one) => one.version === version) : undefined;
  if (release?.status !== 'rolled-back') return [];
  const { since, reason } = release;
  const found = `${phraseTime(since, clock.wallMs())}${reason === undefined ? '' : `: ${reason}`}`;
  return [`${version} was taken out before, ${found}; the guards act while it bakes, and weir rollback goes back`];
}
