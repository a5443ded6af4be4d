import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differencesBetween } from '../../src/config/differences.ts';
import { loadText, readConfig } from '../../src/config/load.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';

const textWith = (fleet: unknown): string =>
  JSON.stringify({ service: 'checkout', stable: { version: 'v1', url: 'http://127.0.0.1:3000' }, fleet });

function mistakesOf(fleet: unknown): string[] {
  const result = readConfig(textWith(fleet), 'weir.json');
  return 'mistakes' in result ? result.mistakes.map(({ key, message }) => `${key}: ${message}`) : [];
}

describe('the fleet of a configuration', () => {
  it('has its defaults', () => {
    expect(readConfig(textWith({ url: 'redis://127.0.0.1' }), '')).toMatchObject({
      config: {
        fleet: {
          url: 'redis://127.0.0.1',
          prefix: 'weir',
          flushMs: 1000,
          member: null,
          caFile: null,
          usernameFile: null,
          passwordFile: null,
          sentinelUsernameFile: null,
          sentinelPasswordFile: null,
        },
      },
    });
  });

  it.each([
    'redis://a',
    'rediss://a:7000/2',
    'redis+sentinel://a,b:26380/main',
    'rediss+sentinel://a/main',
    'redis+cluster://a,b',
    'rediss+cluster://[::1]:7000',
  ])('may be at %s', (url) => expect(mistakesOf({ url })).toEqual([]));

  it.each(['redis://u:hunter2@a', 'redis://:hunter2@a/0', 'rediss+cluster://a,u:hunter2@b', 'redis://u:hunt/er2@a'])(
    'has no credentials in its URL, and a mistake about it does not quote them: %s',
    (url) => {
      const [mistake] = mistakesOf({ url });
      expect(mistake).toContain('expected a URL without a user or password');
      expect(mistake).not.toContain('er2');
    },
  );

  it.each([7, 'http://a', 'redis://', 'redis+sentinel://a', null])('is not at %s', (url) => {
    expect(mistakesOf({ url })).toEqual([expect.stringContaining('fleet.url: expected')]);
  });

  it('needs the files that it names, and something in them', async () => {
    const dir = temporaryDirectory();
    const [empty, secret] = [join(dir, 'empty'), join(dir, 'secret')];
    writeFileSync(empty, '\n');
    writeFileSync(secret, 'hunter2\n');
    const url = 'rediss+sentinel://a/main';
    const loaded = await loadText(
      textWith({ url, caFile: secret, usernameFile: empty, sentinelPasswordFile: '/none' }),
      'f',
    );
    const mistakes = 'mistakes' in loaded ? loaded.mistakes : [];
    expect(mistakes.map(({ key }) => key)).toEqual([
      'fleet.caFile',
      'fleet.usernameFile',
      'fleet.sentinelPasswordFile',
    ]);
    expect(mistakes.map(({ message }) => message).join()).not.toContain('hunter2');
    expect(await loadText(textWith({ url, passwordFile: secret }), 'f')).toHaveProperty('config');
  });

  it.each([
    [{ url: 'redis://a', caFile: '/ca' }, 'fleet.caFile: expected null unless fleet.url begins with rediss, for TLS'],
    [{ url: 'rediss://a', sentinelUsernameFile: '/u' }, 'fleet.sentinelUsernameFile: expected null unless'],
    [{ url: 'redis+cluster://a', sentinelPasswordFile: '/p' }, 'fleet.sentinelPasswordFile: expected null unless'],
  ])('has no file that nothing reads: %j', (settings, mistake) => {
    expect(mistakesOf(settings)).toEqual([expect.stringContaining(mistake)]);
  });

  it('has files that are read', () => {
    const files = { caFile: '/ca', sentinelUsernameFile: '/u', sentinelPasswordFile: '/p' };
    expect(mistakesOf({ url: 'rediss+sentinel://a/main', ...files })).toEqual([]);
  });

  it('can only be another after a restart', () => {
    const configOf = (fleet: unknown) => {
      const result = readConfig(textWith(fleet), '');
      if ('mistakes' in result) throw new Error(JSON.stringify(result.mistakes));
      return result.config;
    };
    const url = 'redis://a';
    expect(differencesBetween(configOf({ url }), configOf({ url, flush: '2s' })).fixed).toEqual(['fleet.flush']);
    expect(differencesBetween(configOf(null), configOf({ url })).fixed).toEqual(['fleet']);
  });
});
