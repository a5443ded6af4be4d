import type { Random } from '../../support/random.ts';

/**
 * Which server has the keys at present. All of a service lie on one: the primary that sentinels know by a name, or the
 * node of a cluster that has the one slot they share. So a member needs no client for a whole topology, only to ask where
 * that server is: at the start, and again whenever it is lost or says that it is another.
 */
export interface Place {
  readonly host: string;
  readonly port: number;
}

export type Find = () => Promise<Place>;

/** Asks a node several questions; rejects when it does not answer. */
export type Ask = (node: Place, questions: readonly (readonly string[])[]) => Promise<readonly unknown[]>;

/** From any of these sentinels, one after the other; the first is drawn by lot. */
export function findPrimary(ask: Ask, sentinels: readonly Place[], name: string, random: Random): Find {
  return () =>
    firstOf(inTurn(sentinels, random), async (sentinel) => {
      const [answer] = await ask(sentinel, [['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]]);
      const [host, port] = Array.isArray(answer) ? (answer as unknown[]) : [];
      const place = placeOf(host, port, sentinel);
      if (place === null) throw new Error(`the sentinels know no primary "${name}"`);
      return place;
    });
}

/** From any node of the cluster that is known, those of the address and those that the last answer named. */
export function findOwner(ask: Ask, nodes: readonly Place[], key: string, random: Random): Find {
  let others: readonly Place[] = [];
  return () =>
    firstOf([...inTurn(nodes, random), ...inTurn(others, random)], async (node) => {
      const [slot, shards] = await ask(node, [
        ['CLUSTER', 'KEYSLOT', key],
        ['CLUSTER', 'SLOTS'],
      ]);
      const masters = (Array.isArray(shards) ? (shards as unknown[][]) : []).map(([first, last, master]) => {
        const [host, port] = Array.isArray(master) ? (master as unknown[]) : [];
        return { first: Number(first), last: Number(last), place: placeOf(host, port, node) };
      });
      const owner = masters.find(({ first, last }) => first <= Number(slot) && Number(slot) <= last)?.place;
      if (owner == null) throw new Error(`no node of the cluster has slot ${String(slot)}`);
      others = masters.flatMap(({ place }) =>
        place === null || nodes.some((one) => isSame(one, place)) ? [] : [place],
      );
      return owner;
    });
}

/** Where a server says that the keys have moved to; null when it says something else. */
export function movedTo(message: string, from: Place): Place | null {
  const [, address] = /^MOVED \d+ (\S+)$/.exec(message) ?? [];
  if (address === undefined) return null;
  const at = address.lastIndexOf(':');
  return placeOf(address.slice(0, at), address.slice(at + 1), from);
}

/** Whether the server is no longer the one to write to. Redis 6.2 says so in the middle of a script's error. */
export const isDemoted = (message: string): boolean => /(?:^|[ -])(?:READONLY|CLUSTERDOWN|MASTERDOWN) /.test(message);

export const isSame = (one: Place, other: Place): boolean => one.host === other.host && one.port === other.port;

/** A node that knows no name for itself leaves it out: then it is the one that was reached. */
function placeOf(host: unknown, port: unknown, asked: Place): Place | null {
  const number = Number(port);
  if (port === undefined || !Number.isInteger(number) || number < 1) return null;
  return { host: typeof host === 'string' && host !== '' && host !== '?' ? host : asked.host, port: number };
}

function inTurn(nodes: readonly Place[], random: Random): readonly Place[] {
  const first = Math.floor(random() * nodes.length);
  return [...nodes.slice(first), ...nodes.slice(0, first)];
}

async function firstOf(nodes: readonly Place[], look: (node: Place) => Promise<Place>): Promise<Place> {
  let reason: unknown;
  for (const node of nodes) {
    try {
      return await look(node);
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}
