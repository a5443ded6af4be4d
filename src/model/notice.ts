import type { Phase } from './rollout.ts';
import type { Weights } from './split.ts';
import type { Reason } from './verdict.ts';

/**
 * What people are told of without asking.
 *
 * - `rollback`: the candidate was taken out, by a guard, a person or a judge that failed
 * - `breaker`: too many rollbacks have frozen automation
 * - `promoted`: another release has become stable, by promotion or by a switch
 * - `started`: a candidate gets its first traffic
 * - `config-refused`: the file was read again and refused whole
 */
export const NOTICES = ['rollback', 'breaker', 'promoted', 'started', 'config-refused'] as const;

export type NoticeKind = (typeof NOTICES)[number];

/** The bodies that a receiver can be sent. */
export const NOTICE_FORMATS = ['json', 'slack', 'teams'] as const;

export type NoticeFormat = (typeof NOTICE_FORMATS)[number];

/** Who is told. Its URL is a secret: that of a chat's webhook lets anybody write there. */
export interface Receiver {
  readonly url: string;
  readonly events: readonly NoticeKind[];
  /** A file with the key that signs what is sent; null for unsigned. */
  readonly secretFile: string | null;
  readonly format: NoticeFormat;
}

/** One thing that people are told of, by versions and never by addresses. Texts are of a bearable length. */
export interface Notice {
  readonly event: NoticeKind;
  readonly service: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Of the journal's event; for `config-refused` of the last one. */
  readonly seq: number;
  readonly transactionId: string;
  readonly actor: string;
  readonly phase: Phase;
  readonly stable: string;
  readonly candidate: string | null;
  /** The former stable while a promotion bakes. */
  readonly former: string | null;
  /** Of the two sides of the data path, in percent of requests. */
  readonly weights: { readonly before: Weights; readonly after: Weights };
  readonly reason: string;
  /** What the judge measured; empty where no guard acted. */
  readonly reasons: readonly Reason[];
  readonly traceIds: readonly string[];
  /** What was wrong with the configuration; empty for every other notice. */
  readonly mistakes: readonly string[];
}

/** What becomes of a notice: taken by the receiver, given up, or never tried to its end. */
export const DELIVERY_RESULTS = ['delivered', 'failed', 'dropped'] as const;

export type DeliveryResult = (typeof DELIVERY_RESULTS)[number];
