import { createHash } from 'node:crypto';
import { createTurns } from '../../support/turns.ts';
import type { FleetStore } from '../store.ts';
import type { ConnectionSettings } from './connection.ts';
import { openConnection } from './connection.ts';
import { FLUSH } from './flush-script.ts';
import { keysOf } from './keys.ts';
import { PROPOSE } from './propose-script.ts';
import type { ScriptCall } from './wire.ts';
import { flushCall, flushReplyOf, proposeCall, proposedOf, rosterOf, timeMsOf } from './wire.ts';

export interface RedisSettings extends ConnectionSettings {
  readonly prefix: string;
  readonly service: string;
}

interface Script {
  readonly text: string;
  readonly sha: string;
}

const scriptOf = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') });
const flushScript = scriptOf(FLUSH);
const proposeScript = scriptOf(PROPOSE);

/**
 * The fleet's store on Redis 6.2 or later, or Valkey: two scripts, and news by pub/sub. Resolves at once, connected or
 * not; every call is answered or rejected within a second.
 */
export async function openRedisStore(settings: RedisSettings): Promise<FleetStore> {
  const keys = keysOf(settings.prefix, settings.service);
  const connection = await openConnection(settings, keys.document);
  const { send } = connection;

  /** By its hash, which a server that was restarted does not know. */
  async function run({ text, sha }: Script, call: ScriptCall): Promise<unknown> {
    const rest = [String(call.keys.length), ...call.keys, ...call.args];
    try {
      return await send(['EVALSHA', sha, ...rest]);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return send(['EVAL', text, ...rest]);
    }
  }

  return {
    flush: async (flush) => flushReplyOf(await run(flushScript, flushCall(keys, flush)), flush.reads !== null),
    propose: async (proposal) => proposedOf(await run(proposeScript, proposeCall(keys, proposal))),
    follow: (hear) => connection.subscribe(keys.channel, inTurns(hear)),
    async roster() {
      const [members, time] = await Promise.all([send(['HGETALL', keys.members]), send(['TIME'])]);
      return rosterOf(members, timeMsOf(time));
    },
    async close(incarnation, life) {
      const leave = [
        // First: a vote of nobody who is present would weigh the more.
        ['ZREM', keys.withdrawn(life), incarnation],
        ['ZREM', keys.present, incarnation],
        ['ZREM', keys.ranks, incarnation],
        ['HDEL', keys.members, incarnation],
      ];
      await Promise.allSettled(leave.map(send));
      connection.close();
    },
  };
}

/** Waiting to be heard. What is dropped here comes with the next flush. */
const MOST_NEWS = 16;

/**
 * One text in a turn of the event loop: whoever floods the channel, or sends what takes long to read, must not hold up the
 * traffic that turns there too.
 */
function inTurns(hear: (text: string) => void): (text: string) => void {
  const waiting: string[] = [];
  const nextTurn = createTurns();
  return (text) => {
    waiting.push(text);
    if (waiting.length > MOST_NEWS) waiting.shift();
    else void nextTurn().then(() => hear(waiting.shift()!));
  };
}
