import type { Config } from '../config/schema.ts';

/** The ways in which an upstream of the drill can go wrong. */
export const FAULTS = ['fails', 'hangs', 'is slow', 'dies mid-body', 'crashes', 'flaps', 'fails a few'] as const;

export type Fault = (typeof FAULTS)[number];

/** What should become of the candidate: taken out, left in peace, or either. */
export type Expectation = 'rolled back' | 'left alone' | 'either';

/** One rehearsal: what goes wrong, and what the configuration's own limits promise then. */
export interface Scene {
  readonly name: string;
  /** Of the candidate, or of both sides. */
  readonly fault: Fault;
  readonly stableToo: boolean;
  readonly expected: Expectation;
}

/** Every this many requests fails where only a few do: 5 %. */
export const FEW_EVERY = 20;
/** A limit that a fault of 5 % breaks by far. */
const CLEARLY_FEWER = 0.01;
/** How much slower than the limit a slow answer is. */
const SLOW_FACTOR = 1.5;
const USUAL_SLOW_MS = 500;

/** How long a slow upstream takes: beyond the limit, where there is one. */
export function slowMsOf({ guards }: Config): number {
  return guards.p95Ms === null ? USUAL_SLOW_MS : guards.p95Ms * SLOW_FACTOR;
}

/** The rehearsals, with what this configuration should do in each. A limit that is off promises nothing. */
export function scenesOf({ guards, timeouts }: Config): readonly Scene[] {
  const { errorsRatio, p95Ms } = guards;
  const byErrors = errorsRatio !== null && errorsRatio < 1;
  const fails: Expectation = byErrors ? 'rolled back' : 'left alone';
  // Without a latency limit a hung request is a failure when its time is over, which takes too long to wait for here.
  const hangs: Expectation = p95Ms !== null ? 'rolled back' : timeouts.headMs <= 5000 ? fails : 'either';
  // Near the limit it takes long to prove, and above it there is nothing to prove.
  const few: Expectation = errorsRatio === null || errorsRatio > CLEARLY_FEWER ? 'either' : 'rolled back';
  return [
    scene('candidate answers 500', 'fails', fails),
    scene('candidate hangs', 'hangs', hangs),
    scene('candidate is slow', 'is slow', p95Ms === null ? 'left alone' : 'rolled back'),
    scene('candidate dies mid-body', 'dies mid-body', fails),
    scene('candidate crashes (refused)', 'crashes', fails),
    scene('candidate flaps', 'flaps', errorsRatio === null || errorsRatio >= 0.4 ? 'either' : 'rolled back'),
    scene('candidate fails 5 %', 'fails a few', few),
    // Whose fault that is nobody can know: what counts is that it ends well.
    { name: 'everything fails alike', fault: 'fails', stableToo: true, expected: 'either' },
  ];
}

const scene = (name: string, fault: Fault, expected: Expectation): Scene => ({
  name,
  fault,
  stableToo: false,
  expected,
});
