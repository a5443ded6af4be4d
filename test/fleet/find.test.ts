import { describe, expect, it } from 'vitest';
import type { Ask, Place } from '../../src/fleet/redis/find.ts';
import { findOwner, findPrimary, isDemoted, movedTo } from '../../src/fleet/redis/find.ts';
import { reasonOf } from '../../src/fleet/redis/reason.ts';

const at = (host: string, port = 6379): Place => ({ host, port });

/** Who answers what, by host; everybody else is dead. */
function askOf(answers: Record<string, readonly unknown[]>) {
  const asked: string[] = [];
  const ask: Ask = async ({ host }) => {
    asked.push(host);
    const answer = answers[host];
    if (answer === undefined) throw new Error(`${host} is dead`);
    return answer;
  };
  return { ask, asked };
}

describe('the primary', () => {
  const sentinels = [at('s1'), at('s2'), at('s3')];

  it('is where the first sentinel that answers says, begun with one drawn by lot', async () => {
    const { ask, asked } = askOf({ s1: [['10.0.0.7', '6380']] });
    expect(await findPrimary(ask, sentinels, 'main', () => 0.5)()).toEqual(at('10.0.0.7', 6380));
    expect(asked).toEqual(['s2', 's3', 's1']);
  });

  it('is asked of the next where one has never heard of it, and unknown when none has', async () => {
    const some = askOf({ s1: [null], s2: [['redis-0.example', '6379']] });
    expect(await findPrimary(some.ask, sentinels, 'main', () => 0)()).toEqual(at('redis-0.example'));
    const none = askOf({ s1: [null], s2: [null], s3: [null] });
    await expect(findPrimary(none.ask, sentinels, 'main', () => 0)()).rejects.toThrow('know no primary "main"');
  });
});

describe('the owner of a slot', () => {
  const shards = [
    [0, 99, ['10.0.0.1', 7001, 'a'], ['10.0.0.9', 7009, 'replica']],
    [100, 16_383, [null, 7002, 'b']],
  ];

  it('is the node that has it, and where a node names no host, the one that was reached', async () => {
    const { ask } = askOf({ seed: [99, shards] });
    expect(await findOwner(ask, [at('seed')], 'key', () => 0)()).toEqual(at('10.0.0.1', 7001));
    const other = askOf({ seed: [100, shards] });
    expect(await findOwner(other.ask, [at('seed')], 'key', () => 0)()).toEqual(at('seed', 7002));
  });

  it('is asked of the nodes that were told of, when those of the address are gone', async () => {
    const answers: Record<string, readonly unknown[]> = { seed: [5, shards] };
    const { ask } = askOf(answers);
    const find = findOwner(ask, [at('seed')], 'key', () => 0);
    await find();
    delete answers['seed'];
    answers['10.0.0.1'] = [5, [[0, 16_383, ['10.0.0.9', 7009]]]];
    expect(await find()).toEqual(at('10.0.0.9', 7009));
  });

  it.each([[[7, []]], [[7, [[8, 9, ['h', 1]]]]], [[7, null]], [[7, [[0, 9, ['h', '?']]]]]])(
    'is nobody in %j',
    async (answer) => {
      const { ask } = askOf({ seed: answer });
      await expect(findOwner(ask, [at('seed')], 'key', () => 0)()).rejects.toThrow('no node of the cluster has slot 7');
    },
  );
});

describe('what a server answers', () => {
  it.each([
    ['MOVED 3999 127.0.0.1:6381', at('127.0.0.1', 6381)],
    ['MOVED 3999 fe80::1:6381', at('fe80::1', 6381)],
    ['MOVED 3999 redis-1.example:6381', at('redis-1.example', 6381)],
    ['MOVED 3999 :6381', at('here', 6381)],
    ['ASK 3999 127.0.0.1:6381', null],
    ['TRYAGAIN Multiple keys request during rehashing of slot', null],
    ['MOVED 3999 nonsense', null],
  ])('%s says where the keys have moved to', (message, place) => expect(movedTo(message, at('here'))).toEqual(place));

  it.each([
    ["READONLY You can't write against a read only replica. script: 7a, on @user_script:30.", true],
    ["ERR Error running script (call to f_7a): @user_script:30: -READONLY You can't write …", true],
    ['CLUSTERDOWN The cluster is down', true],
    ['OOM command not allowed', false],
    ['LOADING Redis is loading the dataset in memory', false],
  ])('%s says whether it is no longer the one to write to', (message, is) => expect(isDemoted(message)).toBe(is));
});

describe('the reason that people read', () => {
  it('is one short line without a password in it', () => {
    const error = new Error("ERR unknown command 'AUTH', with args:\r\n weir hunter2 ".padEnd(400, 'x'));
    const reason = reasonOf(error, ['hunter2']);
    expect(reason).toMatch(/^ERR unknown command 'AUTH', with args: weir \*\*\* x+…$/);
    expect(reason).toHaveLength(201);
  });

  it('is what went wrong with the first address of a host that has several', () => {
    const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED' });
    expect(reasonOf(new AggregateError([refused], ''), [])).toBe('ECONNREFUSED');
    expect(reasonOf('thrown', [])).toBe('thrown');
  });
});
