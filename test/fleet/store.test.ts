import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../ports.ts';
import { eventually } from '../sidecar/eventually.ts';
import { describeWith } from '../support-programs.ts';
import { createModelServer, modelStore } from './model-store.ts';
import { NOTHING_NEW, openStore } from './open-store.ts';
import type { RedisServer } from './redis-server.ts';
import { startRedis } from './redis-server.ts';
import { ACL_RULES } from './acl.ts';
import { describeStore } from './store-cases.ts';

const INSTALL = 'apt-get install redis-server';

describeStore('the model of a store', async () => {
  const began = performance.now();
  const server = createModelServer(() => Math.floor(performance.now() - began) + 1_700_000_000_000);
  return {
    store: modelStore(server),
    empty: async () => server.empty(),
    async snapshot() {
      const taken = server.snapshot();
      return async () => server.restore(taken);
    },
    close: async () => {},
  };
});

describeWith('redis-server', INSTALL, 'the store on Redis', () => {
  describeStore('on one server', async () => {
    const server = await startRedis();
    const store = await openStore(`redis://127.0.0.1:${server.port}`);
    await eventually(() => store.flush(NOTHING_NEW));
    return {
      store,
      empty: async () => void (await server.command('FLUSHALL')),
      async snapshot() {
        const keys = (await server.command('KEYS', '*')) as string[];
        await Promise.all(keys.map((key) => server.command('COPY', key, `was ${key}`, 'REPLACE')));
        return async () => {
          await Promise.all(keys.map((key) => server.command('COPY', `was ${key}`, key, 'REPLACE')));
        };
      },
      async close() {
        await store.close('a', '');
        await server.stop();
      },
    };
  });

  describe('when something is wrong with it', () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis();
    });
    afterAll(() => server.stop());

    it('knows its scripts again after they were flushed', async () => {
      const store = await openStore(`redis://127.0.0.1:${server.port}`);
      await eventually(() => store.flush(NOTHING_NEW));
      await server.command('SCRIPT', 'FLUSH');
      expect(await store.flush(NOTHING_NEW)).toMatchObject({ members: 1 });
      await store.close('a', '');
    });

    it('begins its counts and the list of members anew when its clock has gone back', async () => {
      const store = await openStore(`redis://127.0.0.1:${server.port}`);
      await eventually(() => store.flush(NOTHING_NEW));
      const { generation, storeMs } = await store.flush(NOTHING_NEW);
      const ahead = String(storeMs + 600_000);
      const key = (name: string) => `{weir:checkout}:${name}`;
      await server.command('HSET', key('document'), 'clock', ahead);
      await server.command('ZADD', key('present'), ahead, 'dead');
      await server.command('ZADD', key('ranks'), '0', 'dead');
      await server.command('HSET', key('document'), 'best_epoch', '9', 'best_seq', '9', 'best_until', ahead);
      const after = await store.flush(NOTHING_NEW);
      expect(after).toMatchObject({ members: 1, position: 0, oldestMs: after.storeMs, recovery: null });
      expect(after.generation).not.toBe(generation);
      expect(await store.flush(NOTHING_NEW)).toMatchObject({ generation: after.generation });
      await store.close('a', '');
    });

    it('counts neither who has left nor its vote', async () => {
      const [leaving, staying] = await Promise.all([1, 2].map(() => openStore(`redis://127.0.0.1:${server.port}`)));
      await eventually(() => leaving!.flush({ ...NOTHING_NEW, incarnation: 'c', life: '1', withdrawn: true }));
      const stays = { ...NOTHING_NEW, incarnation: 'd', life: '1' };
      await eventually(async () => expect(await staying!.flush(stays)).toMatchObject({ withdrawn: 1 }));
      const { members } = await staying!.flush(stays);
      await leaving!.close('c', '1');
      expect(await staying!.flush(stays)).toMatchObject({ members: members - 1, withdrawn: 0 });
      await staying!.close('d', '1');
    });

    it('remembers the last batch of who has nothing to add', async () => {
      const store = await openStore(`redis://127.0.0.1:${server.port}`);
      await eventually(() => store.flush(NOTHING_NEW));
      const lives = { stable: '1', candidate: '1', step: '1' };
      const empty = { stable: [], candidate: [], step: null };
      await store.flush({ ...NOTHING_NEW, batch: { sequence: 1, generation: '', lives, ...empty } });
      await server.command('PEXPIRE', '{weir:checkout}:batch:a', '60000');
      await store.flush(NOTHING_NEW);
      expect(Number(await server.command('PTTL', '{weir:checkout}:batch:a'))).toBeGreaterThan(3_000_000);
      await store.close('a', '');
    });

    it('hears one piece of news in a turn of the event loop, and of a flood the last', async () => {
      const store = await openStore(`redis://127.0.0.1:${server.port}`);
      await eventually(() => store.flush(NOTHING_NEW));
      const heard: string[] = [];
      let [inTurn, most] = [0, 0];
      store.follow((text) => {
        if (++inTurn === 1) setImmediate(() => (inTurn = 0));
        most = Math.max(most, inTurn);
        heard.push(text);
      });
      await eventually(async () => {
        await server.command('PUBLISH', '{weir:checkout}:documents', 'news');
        expect(heard).toContain('news');
      });
      const flood = "for i = 1, 5000 do redis.call('PUBLISH', KEYS[1], 'news ' .. i) end";
      await server.command('EVAL', flood, '1', '{weir:checkout}:documents');
      await eventually(() => expect(heard.at(-1)).toBe('news 5000'));
      // The turn in which the count begins anew may still have one of its own.
      expect(most).toBeLessThanOrEqual(2);
      await store.close('a', '');
    });

    it('rejects at once where nobody listens', async () => {
      const store = await openStore(`redis://127.0.0.1:${await freePort()}`);
      await expect(store.flush(NOTHING_NEW)).rejects.toThrow();
      await store.close('a', '');
    });

    it('speaks as the user whose password it was given, who needs no more than the documented rights', async () => {
      await server.command('ACL', 'SETUSER', 'weir', 'on', '>secret', ...ACL_RULES);
      const wrong = await openStore(`redis://127.0.0.1:${server.port}`, { username: 'weir', password: 'guess' });
      await expect(wrong.flush(NOTHING_NEW)).rejects.toThrow();
      await wrong.close('a', '');
      const store = await openStore(`redis://127.0.0.1:${server.port}`, { username: 'weir', password: 'secret' });
      await eventually(async () => expect(await store.flush(NOTHING_NEW)).toMatchObject({ members: 1 }));
      expect(await store.roster()).toHaveLength(1);
      const heard: string[] = [];
      store.follow((text) => heard.push(text));
      await eventually(async () => {
        await server.command('PUBLISH', '{weir:checkout}:documents', 'news');
        expect(heard).toContain('news');
      });
      await store.close('a', '');
    });
  });
});
