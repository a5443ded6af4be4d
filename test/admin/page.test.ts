import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { createAdminApi } from '../../src/admin/api.ts';
import { MODULES } from '../../src/admin/page.ts';
import { snapshotOf } from './fixtures.ts';

const folder = resolve(import.meta.dirname, '../../src/admin/page');
const api = () =>
  request(
    createAdminApi({
      look: () => snapshotOf(),
      history: () => [],
      ask: async () => ({ ok: true }),
      report: (error) => {
        throw error;
      },
    }),
  );

describe('the files of the page', () => {
  it('are the HTML at the root, without anything inline', async () => {
    const { text } = await api().get('/').expect(200).expect('Content-Type', 'text/html; charset=utf-8');
    expect(text).not.toMatch(/<style|<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=/i);
    expect([...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!.slice(0, 6))).toEqual([
      'data:i',
      '/page/',
      '/page/',
      '/page/',
    ]);
  });

  it.each([
    ['/page/page.css', 'text/css; charset=utf-8'],
    ['/page/uplot.css', 'text/css; charset=utf-8'],
    ['/page/uplot.js', 'text/javascript; charset=utf-8'],
    ['/page/main.js', 'text/javascript; charset=utf-8'],
  ])('have their type: %s', async (path, type) => {
    const answer = await api().get(path).expect(200).expect('Content-Type', type);
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' });
    expect(answer.headers['content-security-policy']).toBe(
      "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none';" +
        "script-src 'self';style-src 'self';connect-src 'self';img-src 'self' data:",
    );
  });

  it('are all modules of the folder, and each is JavaScript when it is served', async () => {
    const there = readdirSync(folder).filter((name) => /(?<!\.d)\.ts$/.test(name));
    expect(MODULES.map((name) => `${name}.ts`).toSorted()).toEqual(there.toSorted());
    for (const name of MODULES) {
      const { text } = await api().get(`/page/${name}.ts`).expect(200);
      expect(text, name).not.toMatch(/^(?:import|export) (?:type|interface) /m);
    }
  });

  it('are not sent again to those who have them', async () => {
    const { headers } = await api().get('/page/page.css');
    await api().get('/page/page.css').set('If-None-Match', headers['etag']!).expect(304);
    await api().get('/page/page.css').set('If-None-Match', '"another"').expect(200);
  });

  it('answer HEAD without a body', async () => {
    const { text, headers } = await api().head('/').expect(200);
    expect([text, Number(headers['content-length']) > 1000]).toEqual([undefined, true]);
  });

  it.each([
    '/page/../api.ts',
    '/page/%2e%2e/api.ts',
    '/page/..%2fapi.ts',
    '/page/..%5capi.ts',
    '/page/....//api.ts',
    '//etc/passwd',
    '/page//etc/passwd',
    '/page/main.ts%00.css',
    '/page/tsconfig.json',
    '/page/index.html',
    '/page/',
    '/page',
    '/page/constructor',
    '/package.json',
  ])('are the only ones: nothing is at %s', async (path) => {
    await api().get(path).expect(404);
  });

  it('are refused to a page that reached this listener by another name', async () => {
    await api().get('/').set('Host', 'attacker.example').expect(403);
  });

  it('cannot be changed', async () => {
    await api().post('/').expect(404);
  });
});
