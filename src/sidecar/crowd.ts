import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** How many connections there may be, of all clients and of one address. */
export interface Room {
  readonly connections: number;
  readonly connectionsEach: number;
}

/**
 * Where there is no room for another connection, the oldest goes that waits for no answer. To turn the newcomer away would
 * be to let whoever has come first keep everybody else out, by connections on which he says nothing: in a pod all come
 * from one address, the operator by his port-forward too. Who is being answered is left alone.
 */
export function keepRoom(
  server: Server,
  { connections, connectionsEach }: Room,
  isAnswered: (socket: Socket) => boolean,
) {
  /** In the order in which they came. */
  const all = new Set<Socket>();
  const byAddress = new Map<string, Set<Socket>>();

  function makeRoom(among: ReadonlySet<Socket>, most: number): void {
    const open = [...among].filter(({ destroyed }) => !destroyed);
    // The newcomer is the last of them, and is not being answered yet.
    if (open.length > most) open.find((socket) => !isAnswered(socket))?.destroy();
  }

  server.on('connection', (socket: Socket) => {
    const { remoteAddress: address = '' } = socket;
    const theirs = byAddress.get(address) ?? new Set();
    byAddress.set(address, theirs);
    for (const open of [all, theirs]) open.add(socket);
    socket.once('close', () => {
      for (const open of [all, theirs]) open.delete(socket);
      if (theirs.size === 0) byAddress.delete(address);
    });
    makeRoom(theirs, connectionsEach);
    makeRoom(all, connections);
  });
}
