import { create } from 'axios';
import * as z from 'zod';
import { PHASES, PROGRESS } from '../model/rollout.ts';

const status = z.object({
  phase: z.enum(PHASES),
  reason: z.string(),
  since: z.string(),
  weights: z.object({ candidate: z.number() }),
  automation: z.object({ frozen: z.boolean() }),
  rollback: z.object({ progress: z.enum(PROGRESS) }).optional(),
});

/** What it reads of a refusal. */
const problem = z.object({ detail: z.string() });

/** What the drill reads of `GET /v1/status`. */
export type DrillStatus = z.output<typeof status>;

/** What the drill asks of Weir, as any operator would. */
export interface DrillCalls {
  status(): Promise<DrillStatus>;
  /** The HTTP status of the answer, and what a refusal says. */
  change(path: string, body: object): Promise<{ readonly status: number; readonly text: string }>;
}

export function createDrillCalls(adminPort: number): DrillCalls {
  const baseURL = `http://127.0.0.1:${adminPort}`;
  const client = create({ baseURL, timeout: 10_000, maxRedirects: 0, proxy: false, validateStatus: () => true });
  return {
    status: async () => status.parse((await client.get<unknown>('/v1/status')).data),
    async change(path, body) {
      const answer = await client.post<unknown>(path, body);
      const refused = problem.safeParse(answer.data);
      return { status: answer.status, text: refused.success ? refused.data.detail : JSON.stringify(answer.data) };
    },
  };
}
