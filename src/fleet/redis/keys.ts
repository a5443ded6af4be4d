import type { Lives } from '../store.ts';

/** Where everything of one service lies. All names share one hash tag, so that a cluster keeps them on one node. */
export interface Keys {
  /** Hash: the document with its version, the generation of the sums, and what is known of a loss. */
  readonly document: string;
  /** Stream: the last events. */
  readonly events: string;
  /** Channel: each new document. */
  readonly channel: string;
  /** Sorted set: when each incarnation last flushed. */
  readonly present: string;
  /** Hash: of each incarnation, its name and the document it follows. */
  readonly members: string;
  /** Sorted set: incarnations by rank. */
  readonly ranks: string;
  /** String: the last batch of a series. */
  batch(series: string): string;
  /** Sorted set: who has gone back to stable in this life of the candidate, and until when that counts. */
  withdrawn(life: string): string;
  /** Five names: the sums of either side and their changes, and the step's. */
  sums(fingerprint: string, lives: Lives): readonly string[];
}

export function keysOf(prefix: string, service: string): Keys {
  const base = `{${prefix}:${service}}`;
  return {
    document: `${base}:document`,
    events: `${base}:events`,
    channel: `${base}:documents`,
    present: `${base}:present`,
    members: `${base}:members`,
    ranks: `${base}:ranks`,
    batch: (series) => `${base}:batch:${series}`,
    withdrawn: (life) => `${base}:withdrawn:${life}`,
    sums: (fingerprint, { stable, candidate, step }) => [
      `${base}:sums:${fingerprint}:stable:${stable}`,
      `${base}:changes:${fingerprint}:stable:${stable}`,
      `${base}:sums:${fingerprint}:candidate:${candidate}`,
      `${base}:changes:${fingerprint}:candidate:${candidate}`,
      `${base}:step:${fingerprint}:${step}`,
    ],
  };
}
