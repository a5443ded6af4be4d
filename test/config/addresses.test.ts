import { describe, expect, it } from 'vitest';
import { mistakesWith } from './mistakes-with.ts';

const ENDPOINT =
  'host:port like 127.0.0.1:9901 or "[::1]:9901" (0.0.0.0:8080 for every address), with a port between 0 and 65535';
const LOOPBACK =
  'an address in 127.0.0.0/8, ::1 or localhost, unless admin.tokensFile or admin.oidc says who may use it';

describe('a listener', () => {
  it.each([
    '8080',
    ':8080',
    '"[::1"',
    '127.0.0.1',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '"127.0.0.1:"',
    '"::1:8080"',
    '300.0.0.1:80',
    '1.2.3:80',
    'a b:80',
    '"[x]:80"',
    'http://a:80',
  ])('cannot be %s', (traffic) => {
    const shown = /^\d+$|^"/.test(traffic) ? traffic : `"${traffic}"`;
    expect(mistakesWith({ listen: `\n  traffic: ${traffic}` })).toEqual([
      `weir.yaml:5: listen.traffic: expected ${ENDPOINT}, got ${shown}`,
    ]);
  });

  it.each([
    '0.0.0.0:9901',
    '"[::]:9901"',
    '10.0.0.1:9901',
    'weir.example:9901',
    '128.0.0.1:9901',
    '"[::ffff:127.0.0.1]:1"',
  ])('for admin cannot be %s, which others can reach', (admin) => {
    expect(mistakesWith({ listen: `\n  admin: ${admin}` })).toEqual([
      `weir.yaml:5: listen.admin: expected ${LOOPBACK}, got "${admin.replaceAll('"', '')}"`,
    ]);
  });

  it.each(['{ tokensFile: /etc/weir/tokens }', '{ oidc: { issuer: "https://a.example", audience: w, roleClaim: r } }'])(
    'for admin can be reached by others with admin: %s',
    (admin) => {
      expect(mistakesWith({ listen: '\n  admin: 0.0.0.0:9901', admin })).toEqual([]);
    },
  );

  it.each(['{}', '{ tokensFile: null }', '{ hosts: [weir.example] }'])(
    'for admin cannot be reached by others with admin: %s, which asks nobody who they are',
    (admin) => {
      expect(mistakesWith({ listen: '\n  admin: 0.0.0.0:9901', admin })).toHaveLength(1);
    },
  );

  it('for admin is not on loopback because its name begins like an address', () => {
    expect(mistakesWith({ listen: '\n  admin: 127.evil.example:9901' })).toHaveLength(1);
  });

  it.each([
    '127.0.0.1:9901',
    '127.8.9.10:9901',
    'localhost:9901',
    '"[::1]:9901"',
    '"[0:0:0:0:0:0:0:1]:9901"',
    '127.0.0.1:0',
  ])('for admin can be %s', (admin) => {
    expect(mistakesWith({ listen: `\n  admin: ${admin}` })).toEqual([]);
  });

  it.each([
    ['127.0.0.1:1', '127.0.0.1:1'],
    ['0.0.0.0:1', '127.0.0.1:1'],
    ['127.0.0.1:1', '0.0.0.0:1'],
    ['"[::]:1"', '127.0.0.1:1'],
    ['"[::]:1"', '0.0.0.0:1'],
    ['"[::1]:1"', '"[0::1]:1"'],
    ['localhost:1', '127.0.0.1:1'],
  ])('on %s leaves no room for one on %s', (traffic, telemetry) => {
    const mistakes = mistakesWith({ listen: `\n  traffic: ${traffic}\n  telemetry: ${telemetry}` });
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(/^weir\.yaml:6: listen\.telemetry: expected an address that listen\.traffic \(/);
  });

  it.each([
    ['127.0.0.1:0', '127.0.0.1:0'],
    ['127.0.0.1:1', '127.0.0.1:2'],
    ['127.0.0.1:1', '127.0.0.2:1'],
    ['0.0.0.0:1', '"[::1]:1"'],
  ])('on %s leaves room for one on %s', (traffic, telemetry) => {
    expect(mistakesWith({ listen: `\n  traffic: ${traffic}\n  telemetry: ${telemetry}` })).toEqual([]);
  });
});

describe('an upstream', () => {
  it.each(['127.0.0.1:3000', 'ftp://127.0.0.1', 'http://127.0.0.1:3000/path', 'unix:app.sock', '3000', ''])(
    'cannot be %s',
    (url) => {
      const mistakes = mistakesWith({ stable: `{ version: v1, url: "${url}" }` });
      expect(mistakes).toHaveLength(1);
      expect(mistakes[0]).toMatch(/^weir\.yaml:2: stable\.url: expected .*got .*"$/);
    },
  );

  it.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://127.0.0.1:9901', 'http://0.0.0.0:8080'])(
    'cannot be Weir itself: %s',
    (url) => {
      const mistakes = mistakesWith({ stable: `{ version: v1, url: "${url}" }` });
      expect(mistakes).toEqual([
        expect.stringMatching(/stable\.url: expected an upstream, not Weir's own listen\.\w+, got/),
      ]);
    },
  );

  it('may have the port of a listener on another machine', () => {
    expect(mistakesWith({ stable: '{ version: v1, url: "http://10.0.0.7:8080" }' })).toEqual([]);
  });
});

describe('an issuer', () => {
  const mistakesOf = (issuer: string) =>
    mistakesWith({ admin: `{ oidc: { issuer: "${issuer}", audience: weir, roleClaim: roles } }` });

  it.each(['https://login.example', 'https://login.example/realms/a', 'http://127.0.0.1:8080', 'http://localhost/x'])(
    'can be %s',
    (issuer) => {
      expect(mistakesOf(issuer)).toEqual([]);
    },
  );

  it.each([
    'http://login.example',
    'http://127.evil.example',
    'http://localhost.evil.example',
    'https://a@login.example',
    'https://login.example?x=1',
    'https://login.example#x',
    'file:///etc/passwd',
    'login.example',
  ])('cannot be %s', (issuer) => {
    expect(mistakesOf(issuer)).toEqual([expect.stringContaining('admin.oidc.issuer: expected an issuer like')]);
  });
});
