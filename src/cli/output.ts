/** Where a verb writes. Each text ends its own lines. */
export interface Output {
  out(text: string): void;
  error(text: string): void;
}

/** The variables of the environment, as `main.ts` hands them in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the process lends to a verb that talks to a running sidecar. */
export interface Terminal extends Output {
  /** Whether a person reads standard output, so that it may be rewritten in place. */
  readonly isTerminal: boolean;
  /** Of the terminal, now; 80 and 24 where there is none. */
  columns(): number;
  rows(): number;
  /** For standard output. */
  readonly paint: Paint;
}

/** How wide a line may be: what is piped is for a program or a file, and is not broken. */
export function lineColumns({ isTerminal, columns }: Pick<Terminal, 'isTerminal' | 'columns'>): number {
  return isTerminal ? columns() : Infinity;
}

/** How much a word matters. */
export type Tone = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'alarm';
export type Paint = (tone: Tone, text: string) => string;

export const UNPAINTED: Paint = (_tone, text) => text;

/** What `--output` can be. */
export const FORMATS = ['table', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/**
 * Whether to paint: never with NO_COLOR, whatever it says; else with FORCE_COLOR, unless that is 0 or false; else on a
 * terminal that is not dumb. Source: no-color.org, force-color.org.
 */
export function isColourful({ NO_COLOR, FORCE_COLOR, TERM }: Environment, isTerminal: boolean): boolean {
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTerminal && TERM !== 'dumb';
}
