import type { Agreed } from '../model/agreement.ts';
import type { Refusal } from '../model/command.ts';

/** `overtaken`: another has written first and `adopt` was told; what was decided on the former state counts for nothing. */
export type Appended = boolean | 'overtaken';

/** What a journal can do that many sidecars share. */
export interface SharedJournal {
  /** From now on `adopt` is called with what others have written; it must not wait. */
  follow(adopt: (agreed: Agreed) => void): void;
  /** Why nothing can be agreed on now but a fall; null when it can. */
  obstacle(): Refusal | null;
  /** Whether this transaction was begun here. */
  isOwn(transactionId: string): boolean;
}
