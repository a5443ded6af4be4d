import type { Release } from '../model/release.ts';
import type { ProbeSummary } from '../model/status.ts';
import type { Side } from '../model/upstream.ts';
import type { Log } from './log.ts';

/** Says when a probed upstream has gone down, and when it is up again. A failing stable is only ever told. */
export function createProbeNarrator(log: Log) {
  return (side: Side, { version, url }: Release, { up, failures, of, last }: ProbeSummary): void => {
    const fields = { upstream: side, version, url, failures, of, last };
    if (up) log.info(fields, `the probe of ${side} ${version} passes again`);
    else log.warn(fields, `the probe of ${side} ${version} fails: ${failures} of the last ${of}; ${last}`);
  };
}
