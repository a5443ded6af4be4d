import * as z from 'zod';

const ports = z.object({ traffic: z.number(), admin: z.number(), telemetry: z.number() });
const line = z.object({ msg: z.literal('serving'), ports });

/** Where Weir listens, all on 127.0.0.1. */
export type WeirPorts = z.output<typeof ports>;

/** The ports in the log line with which Weir says that it serves; null before it. */
export function servingPorts(log: string): WeirPorts | null {
  const text = log.split('\n').find((candidate) => candidate.includes('"msg":"serving"') && candidate.endsWith('}'));
  return text === undefined ? null : line.parse(JSON.parse(text)).ports;
}
