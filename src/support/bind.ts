import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A port that could not be bound, in words for a person. */
export class BindError extends Error {}

/** Runs `listen`; what goes wrong becomes a BindError that names the listener and where it should have been. */
export async function bind(name: string, place: string, listen: () => Promise<AddressInfo>): Promise<number> {
  try {
    return (await listen()).port;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'the port is taken' : message;
    throw new BindError(`cannot listen for ${name} on ${place}: ${why}`, { cause: error });
  }
}

/** Listens; rejects with Node's own error. */
export function listenOn(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

/** Closes a server and every connection to it. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
