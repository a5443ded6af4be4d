import { describe, expect, it } from 'vitest';
import { createDoorkeeper } from '../../src/admin/doorkeeper.ts';

const refuse = (headers: Record<string, string>, hosts?: string[]) => createDoorkeeper(hosts).refuse(headers, 1);

describe('the doorkeeper', () => {
  it.each(['localhost', 'LocalHost:9901', '127.0.0.1', '127.0.0.1:9901', '127.255.0.3', '[::1]', '[::1]:9901'])(
    'lets Host %s in',
    (host) => {
      expect(refuse({ host })).toBeNull();
    },
  );

  it.each([
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'evil.example:9901',
    '128.0.0.1',
    '127.0.0.256',
    '127.0.0.01',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    '0.0.0.0',
    '[::]',
    '[::ffff:127.0.0.1]',
    'localhost:',
    'localhost:99999999',
    'localhost:80:80',
    'localhost, evil.example',
    'evil.example@localhost',
    'localhost@evil.example',
    'localhost/evil',
    'localhost#evil',
    ' localhost',
    'localhost ',
    'localhost\u0000.evil.example',
  ])('keeps Host "%s" out', (host) => {
    expect(refuse({ host })).toBe('host-not-allowed');
  });

  it('keeps a request with no Host, or with two, out', () => {
    expect(createDoorkeeper().refuse({}, 0)).toBe('host-not-allowed');
    expect(createDoorkeeper().refuse({ host: 'localhost' }, 2)).toBe('host-not-allowed');
  });

  it.each(['http://localhost:9901', 'https://127.0.0.1', 'http://[::1]:3000'])('lets pages of %s ask', (origin) => {
    expect(refuse({ host: 'localhost', origin })).toBeNull();
  });

  it.each([
    'null',
    '',
    'http://evil.example',
    'https://localhost.evil.example',
    'file://localhost',
    'ftp://localhost',
    'chrome-extension://localhost',
    'http://localhost/',
    'http://evil@localhost',
    'http://localhost http://evil.example',
    'localhost',
  ])('lets no page of "%s" ask', (origin) => {
    expect(refuse({ host: 'localhost', origin })).toBe('origin-not-allowed');
  });

  it('keeps what a browser calls cross-site out, even without an Origin', () => {
    expect(refuse({ host: 'localhost', 'sec-fetch-site': 'cross-site' })).toBe('origin-not-allowed');
    expect(refuse({ host: 'localhost', 'sec-fetch-site': 'same-origin' })).toBeNull();
  });

  it('knows the names it is given besides loopback, whole and in any case', () => {
    expect(refuse({ host: 'weir.internal:9901', origin: 'http://WEIR.internal:9901' }, ['Weir.internal'])).toBeNull();
    expect(refuse({ host: 'x.weir.internal' }, ['weir.internal'])).toBe('host-not-allowed');
  });
});
