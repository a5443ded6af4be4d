import { Agent } from 'node:http';
import type { Address } from '../model/upstream.ts';

/** Kept-alive connections to upstreams, one set per address. */
export interface Pool {
  agentFor(address: Address): Agent;
  /** Closes what is kept for addresses no longer in use; what is under way finishes. */
  keepOnly(addresses: readonly Address[]): void;
  close(): void;
}

/** Shorter than the 5 s after which Node servers close idle connections, so that we close first. */
const IDLE_MS = 4000;

export function createPool(): Pool {
  const agents = new Map<string, Agent>();
  return {
    agentFor({ url }) {
      let agent = agents.get(url);
      if (agent === undefined) {
        agent = new Agent({ keepAlive: true, scheduling: 'lifo', maxFreeSockets: 1024, timeout: IDLE_MS });
        agents.set(url, agent);
      }
      return agent;
    },
    keepOnly(addresses) {
      const wanted = new Set(addresses.map(({ url }) => url));
      for (const [url, agent] of agents) {
        if (wanted.has(url)) continue;
        agents.delete(url);
        for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
      }
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}
