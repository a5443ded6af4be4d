import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { signatureOf } from '../../../src/tell/webhooks/sign.ts';
import { NOW_MS } from '../../release/fixtures.ts';
import { temporaryDirectory } from '../../sidecar/settings.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/notifications.md'), 'utf8');
const body = '{"event":"rollback","reason":"7.2 % > 0.5 %"}';
const header = signatureOf(Buffer.from(body), 'secret', NOW_MS);
const nowSeconds = NOW_MS / 1000;

interface Snippet {
  isFromWeir(body: string | Buffer, header: string | undefined, secret: string, nowSeconds: number): boolean;
}

describe('the way to check a signature that docs/notifications.md shows', () => {
  it('accepts what Weir signed, and neither another body, nor another secret, nor a replay, nor garbage', async () => {
    const [, code] = /```js\n([\s\S]*?isFromWeir[\s\S]*?)```/.exec(page) ?? [];
    const file = join(temporaryDirectory(), 'snippet.mjs');
    writeFileSync(file, code ?? '');
    const { isFromWeir } = (await import(pathToFileURL(file).href)) as Snippet;
    expect(isFromWeir(body, header, 'secret', nowSeconds + 10)).toBe(true);
    expect(isFromWeir(`${body} `, header, 'secret', nowSeconds)).toBe(false);
    expect(isFromWeir(body, header, 'guess', nowSeconds)).toBe(false);
    expect(isFromWeir(body, header, 'secret', nowSeconds + 3600)).toBe(false);
    expect(isFromWeir(body, header.replace(/t=\d+/, `t=${nowSeconds + 3600}`), 'secret', nowSeconds + 3600)).toBe(
      false,
    );
    expect(isFromWeir(Buffer.from(body), header, 'secret', nowSeconds)).toBe(true);
    for (const odd of [undefined, '', 't=1', 'v1=00', 'nonsense,,==', `t=${nowSeconds},v1=zz`])
      expect(isFromWeir(body, odd, 'secret', nowSeconds)).toBe(false);
  });

  it('comes to the same with openssl', () => {
    const command = /`(printf [^`]*openssl[^`]*)`/.exec(page)?.[1] ?? '';
    const variables = { ...process.env, t: String(nowSeconds), body, secret: 'secret' };
    const said = execFileSync('/bin/sh', ['-c', command], { env: variables, encoding: 'utf8' });
    expect(header).toBe(`t=${nowSeconds},v1=${said.trim().split(' ').at(-1)}`);
  });
});
