import type { Connection } from './connection.ts';
import type { TunnelEnds } from './tunnel.ts';

/** What a connection tells the listener. */
export interface ConnectionOwner {
  closed(connection: Connection): void;
  /** The client left HTTP: its socket is the upgrade lane's from now on. */
  handOver(connection: Connection, ends: TunnelEnds): void;
}
