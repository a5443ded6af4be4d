import { describe, expect, it } from 'vitest';
import { NOT_YET } from '../../src/config/capabilities.ts';
import { readConfig } from '../../src/config/load.ts';

/** Something that each key would take, were it available. */
const GIVEN: Record<string, unknown> = {
  webhooks: [{ url: 'https://hooks.example/' }],
  'admin.tokensFile': '/tokens',
  'admin.oidc': { issuer: 'https://login.example', audience: 'weir', roleClaim: 'role' },
  'admin.hosts': ['weir.example'],
  fleet: { url: 'redis://127.0.0.1:6379' },
};

function withKey(key: string, value: unknown): string {
  const raw: Record<string, object> = {
    stable: { version: 'v1', url: 'http://127.0.0.1:3000' },
    candidate: { version: 'v2', url: 'http://127.0.0.1:3001' },
  };
  const [outer = '', inner] = key.split('.');
  return JSON.stringify({
    service: 'checkout',
    ...raw,
    [outer]: inner === undefined ? value : { ...raw[outer], [inner]: value },
  });
}

describe('a key whose capability has not landed', () => {
  it.each(NOT_YET)('is refused and nothing else with it: $key', ({ key }) => {
    const result = readConfig(withKey(key, GIVEN[key]), 'weir.json');
    const mistakes = 'mistakes' in result ? result.mistakes : [];
    expect(mistakes.map(({ message }) => message)).toEqual(['not available in this version']);
    expect([key, key.split('.')[0]]).toContain(mistakes[0]!.key);
  });

  it.each(NOT_YET.flatMap(({ key, inert }) => inert.map((value) => ({ key, value }))))(
    'is accepted with a value that asks for nothing: $key $value',
    ({ key, value }) => {
      expect(readConfig(withKey(key, value), 'weir.json')).toHaveProperty('config');
    },
  );

  it('has its type and unit checked all the same', () => {
    const result = readConfig(withKey('fleet', { url: 'redis://127.0.0.1:6379', flush: '2' }), 'weir.json');
    expect('mistakes' in result && result.mistakes.map(({ key }) => key)).toEqual(['fleet.flush', 'fleet']);
  });
});
