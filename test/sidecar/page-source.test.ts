import { expect, it } from 'vitest';
import { MODULES } from '../../src/admin/page.ts';
import { ask } from './client.ts';
import { startProgram } from './spawn.ts';
import { startUpstream } from './upstream.ts';

it('the page is served from source by the real program, which says nothing of experiments on standard error', async () => {
  const stable = await startUpstream('stable');
  const weir = await startProgram({ stable: stable.url });
  for (const path of ['/', '/page/uplot.js', ...MODULES.map((name) => `/page/${name}.ts`)]) {
    expect((await ask(`http://127.0.0.1:${weir.ports.admin}${path}`)).status).toBe(200);
  }
  expect(weir.stderr()).toBe('');
});
