/**
 * A version of the service with its address and where it came from. Immutable: another address or
 * image under the same version is another release, and a conflict.
 */
export interface Release {
  readonly version: string;
  readonly url: string;
  readonly image?: string;
  /** Git commit it was built from. */
  readonly commit?: string;
  readonly configHash?: string;
  /** A file of PEM certificates to trust for an https upstream, instead of the system's. */
  readonly ca?: string;
  /** The name that its certificate must bear, instead of the URL's host. */
  readonly serverName?: string;
}

export const RELEASE_STATUSES = ['candidate', 'stable', 'rolled-back', 'retired'] as const;

/** What became of a release: on trial or waiting for its trial, serving, taken out, or followed by another. */
export type ReleaseStatus = (typeof RELEASE_STATUSES)[number];

/** A release that Weir remembers, and can go back to. */
export interface RegisteredRelease {
  readonly release: Release;
  readonly status: ReleaseStatus;
  /** Wall clock at which it got this status. */
  readonly atMs: number;
  /** What a rolled-back one was taken out for; absent where nobody said, and in journals of before this was kept. */
  readonly reason?: string;
}

const FIELDS = [
  'version',
  'url',
  'image',
  'commit',
  'configHash',
  'ca',
  'serverName',
] as const satisfies (keyof Release)[];

export function isSameRelease(a: Release | null, b: Release | null): boolean {
  if (a === null || b === null) return a === b;
  return FIELDS.every((field) => a[field] === b[field]);
}

/** How a version's name may look; which words it may not be, `versionMistakeOf` knows. */
export const VERSION = /^[a-zA-Z\d][\w.+:@/-]{0,127}$/;
/** Words that commands use for something else, so that no version can hide behind them. */
const RESERVED = new Set(['stable', 'candidate', 'reason', 'constructor', 'prototype']);

/** How a version's name looks, for a person. */
export const VERSION_FORM = 'a version like v1.2.3 (up to 128 letters, digits and . _ + : @ / -)';

/** What is wrong with a version's name, or null: it must mean the same release for ever, and no other word of a command. */
export function versionMistakeOf(version: string): string | null {
  if (!VERSION.test(version)) return `expected ${VERSION_FORM}`;
  if (version.toLowerCase() === 'latest') return 'expected a version that always means the same release';
  if (RESERVED.has(version)) return 'expected a version that no command uses as another word';
  return null;
}
