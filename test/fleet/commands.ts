/** Every command that scripts call, and every option in capitals, with the version of Redis that brought it. From the reference of each command. */
export const SCRIPT_CALLS: Readonly<Record<string, string>> = {
  TIME: '2.6',
  ZRANGEBYSCORE: '1.0.5',
  'ZRANGEBYSCORE LIMIT': '1.0.5',
  'ZRANGEBYSCORE WITHSCORES': '2.0',
  ZREM: '1.2',
  ZADD: '1.2',
  ZCOUNT: '2.0',
  ZRANK: '2.0',
  HSET: '2.0',
  HGET: '2.0',
  HMGET: '2.0',
  HDEL: '2.0',
  HINCRBY: '2.0',
  GET: '1.0',
  SET: '1.0',
  'SET PX': '2.6.12',
  DEL: '1.0',
  PEXPIRE: '2.6',
  XADD: '5.0',
  'XADD MAXLEN': '5.0',
  PUBLISH: '2.0',
};

/** What members send themselves: two scripts, the news, the roster, and what the client library needs. */
export const OWN_CALLS: Readonly<Record<string, string>> = {
  EVALSHA: '2.6',
  EVAL: '2.6',
  SUBSCRIBE: '2.0',
  HGETALL: '2.0',
  TIME: '2.6',
  ZREM: '1.2',
  HDEL: '2.0',
  PING: '1.0',
  /** For a URL with another database than 0. */
  SELECT: '1.0',
};
