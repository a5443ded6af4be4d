import { NO_REASON } from '../model/command.ts';
import type { RegisteredRelease, Release } from '../model/release.ts';

/** Who is in use after a change; the rest of the registry follows from it. */
export interface InUse {
  readonly stable: Release;
  readonly candidate: Release | null;
  readonly former: Release | null;
  /** Whether the candidate has been taken out. */
  readonly isRolledBack: boolean;
  /** Why it is being taken out, where it is. */
  readonly reason: string;
  /** Made known without being started. */
  readonly registered: Release | null;
  /** The candidate until now. */
  readonly replaced: Release | null;
}

/** Every event carries the registry, so of a reason it keeps no more than tells one rollback from another. */
const LONGEST_REASON = 200;

/**
 * The releases that Weir remembers after a change, oldest first. Those in use are always among them, and of the others
 * the last `keep`; a release that was replaced as stable or as candidate is retired, and stays a way back.
 */
export function registryAfter(
  before: readonly RegisteredRelease[],
  inUse: InUse,
  keep: number,
  wallMs: number,
): readonly RegisteredRelease[] {
  // A clock that was set back must not make the newest release the oldest, which would be forgotten first.
  const nowMs = before.reduce((newestMs, { atMs }) => Math.max(newestMs, atMs), wallMs);
  const { stable, candidate, former, isRolledBack, registered, replaced } = inUse;
  const wanted = new Map<string, Omit<RegisteredRelease, 'atMs'>>();
  wanted.set(stable.version, { release: stable, status: 'stable' });
  if (former !== null) wanted.set(former.version, { release: former, status: 'retired' });
  if (candidate !== null) {
    const trial = isRolledBack ? takenOutFor(inUse.reason) : ({ status: 'candidate' } as const);
    wanted.set(candidate.version, { release: candidate, ...trial });
  }
  if (registered !== null) wanted.set(registered.version, { release: registered, status: 'candidate' });

  const after = before.map((entry) => {
    const now = wanted.get(entry.release.version);
    // One that was only made known still waits for its trial; one that was taken out stays marked as that.
    const isReplaced = entry.status === 'candidate' && entry.release.version === replaced?.version;
    if (now === undefined) return entry.status === 'stable' || isReplaced ? retired(entry, nowMs) : entry;
    wanted.delete(entry.release.version);
    // What a rollback's progress says is not what it was for.
    return entry.status === now.status ? { ...entry, release: now.release } : { ...now, atMs: nowMs };
  });
  for (const now of wanted.values()) after.push({ ...now, atMs: nowMs });
  return trimmed(after, [stable, candidate, former], keep);
}

function takenOutFor(reason: string): Pick<RegisteredRelease, 'status' | 'reason'> {
  if (reason === NO_REASON) return { status: 'rolled-back' };
  const isLong = reason.length > LONGEST_REASON;
  return { status: 'rolled-back', reason: isLong ? `${reason.slice(0, LONGEST_REASON).toWellFormed()}…` : reason };
}

const retired = (entry: RegisteredRelease, atMs: number): RegisteredRelease => ({ ...entry, status: 'retired', atMs });

function trimmed(
  entries: readonly RegisteredRelease[],
  inUse: readonly (Release | null)[],
  keep: number,
): readonly RegisteredRelease[] {
  const isPinned = ({ release }: RegisteredRelease) => inUse.some((other) => other?.version === release.version);
  const others = entries.filter((entry) => !isPinned(entry)).toSorted((a, b) => a.atMs - b.atMs);
  const dropped = new Set(others.slice(0, Math.max(0, others.length - keep)));
  return entries.filter((entry) => !dropped.has(entry));
}

export function releaseNamed(releases: readonly RegisteredRelease[], version: string): Release | null {
  return entryOf(releases, version)?.release ?? null;
}

export function entryOf(releases: readonly RegisteredRelease[], version: string): RegisteredRelease | null {
  return releases.find(({ release }) => release.version === version) ?? null;
}
