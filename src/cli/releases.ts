import type { ReleasesView } from '../model/view.ts';
import { phraseTime } from './card/phrase.ts';
import { change } from './change.ts';
import { columnsOf } from './columns.ts';
import type { ChangeOptions, Operation } from './operation.ts';
import { show } from './show.ts';
import type { ReleaseOptions } from './start.ts';
import { releaseOf } from './start.ts';

/** Lists the releases that Weir knows, oldest first. */
export function listReleases(operation: Operation): Promise<number> {
  const nowMs = operation.clock.wallMs();
  return show<ReleasesView>(operation, '/v1/releases', ({ releases }) =>
    columnsOf([
      ['version', 'status', 'since', 'url', 'image', 'commit'],
      ...releases.map(({ version, status, since, url, image = '-', commit = '-' }) => {
        return [version, status, phraseTime(since, nowMs), url, image, commit];
      }),
    ]),
  );
}

/** Makes a release known, so that it can be switched to. */
export function addRelease(operation: Operation, version: string, options: ReleaseOptions & ChangeOptions) {
  const tell = () => [`${version} is known at ${options.url}; weir switch ${version} sends everything to it`];
  const asked = { method: 'POST', path: '/v1/releases', body: releaseOf(version, options), tell } as const;
  return change(operation, asked, options);
}
