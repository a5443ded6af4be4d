import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** What stands between one member and the store, as a test sets it. */
export interface StoreProxy {
  readonly port: number;
  /** Where the store is; connections made from now on go there. */
  to: number;
  /** Of each direction. */
  delayMs: number;
  /** Of what is lost on a connection nothing more comes on it: whoever mends this resets the connection. */
  loses: 'nothing' | 'answers' | 'all';
  /** Connections of this kind are cut and not made again: what is subscribed to, or what is asked. */
  cuts: 'nothing' | 'news' | 'commands' | 'all';
  /** Requests so far, counted when they come and before they are passed on. */
  readonly passed: number;
  /** Resets every connection that there is. */
  reset(): void;
}

interface Joined {
  readonly client: Socket;
  readonly store: Socket;
  kind: 'new' | 'commands' | 'news';
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export async function startStoreProxy(to: number): Promise<StoreProxy> {
  const connections = new Set<Joined>();
  const proxy: Mutable<StoreProxy> = { port: 0, to, delayMs: 0, loses: 'nothing', cuts: 'nothing', passed: 0, reset };

  function isCut({ kind }: Joined): boolean {
    return proxy.cuts === 'all' || (kind !== 'new' && proxy.cuts === kind);
  }

  function end(joined: Joined): void {
    connections.delete(joined);
    joined.client.resetAndDestroy();
    joined.store.resetAndDestroy();
  }

  function reset(): void {
    for (const joined of connections) end(joined);
  }

  function pass(joined: Joined, from: Socket, into: Socket, isAnswer: boolean): void {
    from.on('data', (chunk: Buffer) => {
      if (!isAnswer && chunk.includes('SUBSCRIBE')) joined.kind = 'news';
      else if (!isAnswer && chunk.includes('EVAL')) joined.kind = 'commands';
      if (!isAnswer) proxy.passed++;
      if (isCut(joined)) return end(joined);
      if (proxy.loses === 'all' || (proxy.loses === 'answers' && isAnswer)) return undefined;
      if (proxy.delayMs === 0) return void into.write(chunk);
      return void setTimeout(() => into.writable && into.write(chunk), proxy.delayMs);
    });
    from.on('error', () => end(joined));
    from.on('close', () => end(joined));
  }

  const server = createServer((client) => {
    const joined: Joined = { client, store: connect(proxy.to, '127.0.0.1'), kind: 'new' };
    connections.add(joined);
    pass(joined, client, joined.store, false);
    pass(joined, joined.store, client, true);
    if (isCut(joined)) end(joined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    reset();
  });
  return Object.assign(proxy, { port: (server.address() as { port: number }).port });
}
