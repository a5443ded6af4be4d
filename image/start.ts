import { withContainer } from './started.ts';

const ROUNDS = 5;

/** How long it takes from `podman run` to `/readyz`, the median of five. */
export async function startMs(scratch: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    times.push(await withContainer(scratch, async ({ readyAfterMs }) => readyAfterMs));
  }
  return Math.round(times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]!);
}
