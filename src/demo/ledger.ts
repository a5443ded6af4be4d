/** What came back for one request of the load. */
export interface Answer {
  /** Who answered, as it named itself; null when no upstream did. */
  readonly version: string | null;
  /** 0 when no whole answer came. */
  readonly status: number;
  /** When the schedule wanted it sent: a load that lags must not make answers look faster. Monotonic. */
  readonly dueAtMs: number;
  /** Monotonic. */
  readonly endedAtMs: number;
}

/** Everything one version answered. */
export interface Account {
  readonly answers: number;
  /** Answers that failed in the eyes of a user: 5xx or none at all. */
  readonly failures: number;
  /** Monotonic; null when none was slow. */
  readonly firstSlowAtMs: number | null;
  /** Null without an answer; whole milliseconds. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

/** The load's book: what users got, by who answered. */
export interface Ledger {
  readonly note: (answer: Answer) => void;
  /** Null is the account of answers that no upstream put its name to. */
  accountOf(version: string | null): Account;
  /** In alphabetical order, those without a name last. */
  versions(): readonly (string | null)[];
  total(): { readonly answers: number; readonly failures: number };
}

/** Latencies are counted by the millisecond up to here; the last place holds the rest. */
const MAX_MS = 10_000;
/** Sorts behind every version. */
const LAST = '\uffff';

/** @param slowMs above this an answer is slow. */
export function createLedger(slowMs: number): Ledger {
  const pages = new Map<string | null, ReturnType<typeof blankPage>>();

  function note({ version, status, dueAtMs, endedAtMs }: Answer): void {
    const page = pages.get(version) ?? blankPage();
    pages.set(version, page);
    const latencyMs = endedAtMs - dueAtMs;
    const place = Math.min(MAX_MS, Math.max(0, Math.round(latencyMs)));
    page.byMs[place] = page.byMs[place]! + 1;
    page.answers += 1;
    if (status === 0 || status >= 500) page.failures += 1;
    if (latencyMs > slowMs) page.firstSlowAtMs ??= endedAtMs;
  }

  function total(): { answers: number; failures: number } {
    const all = [...pages.values()];
    return {
      answers: all.reduce((sum, { answers }) => sum + answers, 0),
      failures: all.reduce((sum, { failures }) => sum + failures, 0),
    };
  }

  return {
    note,
    accountOf(version) {
      const { byMs, ...counts } = pages.get(version) ?? blankPage();
      return {
        ...counts,
        p50Ms: percentileOf(byMs, counts.answers, 50),
        p95Ms: percentileOf(byMs, counts.answers, 95),
      };
    },
    versions: () => [...pages.keys()].toSorted((a, b) => (a ?? LAST).localeCompare(b ?? LAST)),
    total,
  };
}

function blankPage() {
  return {
    answers: 0,
    failures: 0,
    firstSlowAtMs: null as number | null,
    byMs: new Uint32Array(MAX_MS + 1),
  };
}

/** The least latency that so many percent of the answers did not exceed. */
function percentileOf(byMs: Uint32Array, answers: number, percent: number): number | null {
  if (answers === 0) return null;
  const wanted = Math.ceil((answers * percent) / 100);
  let seen = 0;
  return byMs.findIndex((count) => (seen += count) >= wanted);
}
