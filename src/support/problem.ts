import type { Path } from './path.ts';

/** A mistake that has not yet been given its line. */
export interface Problem {
  readonly path: Path;
  /** Beginning with "expected" where the value is at fault. */
  readonly message: string;
  /** Whether the message should end in what came. */
  readonly quoteValue: boolean;
}

/** `form` is what the value should have been: "a duration like 5s". What came is added later. */
export function expected(path: Path, form: string): Problem {
  return { path, message: `expected ${form}`, quoteValue: true };
}

/** A mistake that the value itself would not explain. */
export function complaint(path: Path, message: string): Problem {
  return { path, message, quoteValue: false };
}
