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
}

export function isSameRelease(a: Release | null, b: Release | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.version === b.version &&
    a.url === b.url &&
    a.image === b.image &&
    a.commit === b.commit &&
    a.configHash === b.configHash
  );
}
