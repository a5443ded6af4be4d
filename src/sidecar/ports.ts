import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Endpoint, formatEndpoint } from '../config/endpoint.ts';
import { bind, closeServer, listenOn } from '../support/bind.ts';
import { createBoundedServer } from './bounded-server.ts';

/** The three listeners by name. */
export interface Ports {
  readonly traffic: number;
  readonly admin: number;
  readonly telemetry: number;
}

export interface Bound {
  /** The real ones where the configuration said 0. */
  readonly ports: Ports;
  /** Closes admin and telemetry; traffic is the data plane's to end. */
  close(): Promise<void>;
}

/** Binds all listeners or none: rejects with a BindError when one is taken, and leaves nothing open. */
export async function bindPorts(
  listen: Readonly<Record<keyof Ports, Endpoint>>,
  parts: {
    readonly admin: RequestListener;
    readonly telemetry: RequestListener;
    readonly traffic: (host: string, port: number) => Promise<AddressInfo>;
  },
): Promise<Bound> {
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(closeServer));
  };
  const serve = (name: string, { host, port }: Endpoint, requested: RequestListener): Promise<number> => {
    const server = createBoundedServer(requested);
    servers.push(server);
    return bind(name, formatEndpoint({ host, port }), () => listenOn(server, host, port));
  };
  try {
    const admin = await serve('admin', listen.admin, parts.admin);
    const telemetry = await serve('telemetry', listen.telemetry, parts.telemetry);
    const { host, port } = listen.traffic;
    const traffic = await bind('traffic', formatEndpoint(listen.traffic), () => parts.traffic(host, port));
    return { ports: { traffic, admin, telemetry }, close };
  } catch (error) {
    await close();
    throw error;
  }
}
