/** The page's one clock: it never jumps, its zero means nothing. Wall time is the server's, as its answers tell it. */
export const monotonicMs = (): number => performance.now();
