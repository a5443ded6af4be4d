/** How an upstream treats its requests. */
export interface Behaviour {
  /** Milliseconds before the head. */
  readonly delayMs: number;
  /** Shares of requests, 0..1. */
  readonly failing: number;
  readonly cutting: number;
  readonly garbling: number;
  readonly answeringEarly: number;
  /** Closes a connection after so many requests, without having said so; 0 for never. */
  readonly closingAfter: number;
  /** Share of connections destroyed every 50 ms, in whatever state they are. */
  readonly dropping: number;
}

export const CALM: Behaviour = {
  delayMs: 0,
  failing: 0,
  cutting: 0,
  garbling: 0,
  answeringEarly: 0,
  closingAfter: 0,
  dropping: 0,
};
