import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MOST_STREAMS } from '../../src/admin/events.ts';
import { listenTo } from '../admin/event-stream.ts';
import { describeWith } from '../support-programs.ts';
import { launch, openTab } from './browser.ts';
import { eventually } from './eventually.ts';
import { bearer, startGuarded } from './guarded.ts';
import { startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

async function start(more: object = {}) {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  return startWeir({ stable: stable.url, candidate: candidate.url, weight: '20%', more });
}

const focused = (page: Page) =>
  page.evaluate<string>('document.activeElement.id || document.activeElement.textContent');

describeWith('chromium', 'apt-get install chromium', 'the page under a hand', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  it('lets a right token in while somebody tries wrong ones from the same address', async () => {
    const { weir, operator, send } = await startGuarded();
    for (let tries = 0; tries <= 30; tries++) {
      await send('GET', '/v1/status', { headers: bearer('wrong') });
    }
    expect((await send('GET', '/v1/status')).status).toBe(429);
    const { page } = await openTab(browser, weir.ports.admin);
    await page.getByText('a right one is let in at any time').waitFor();
    await page.getByLabel('Token').fill('wrong too');
    await page.keyboard.press('Enter');
    await page.getByText('That token was refused.').waitFor();
    await page.getByLabel('Token').fill(operator);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Roll back' }).waitFor();
  });

  it('says what Weir answers instead of events, and shows no empty charts', async () => {
    const weir = await start();
    const events = `http://127.0.0.1:${weir.ports.admin}/v1/events`;
    await Promise.all(Array.from({ length: MOST_STREAMS }, () => listenTo(`${events}?only=rollout`)));
    const { page } = await openTab(browser, weir.ports.admin);
    await page.getByText(`It answers 503: expected at most ${MOST_STREAMS} clients at once.`).waitFor();
    expect(await page.locator('main .card').filter({ visible: true }).count()).toBe(0);
  });

  it('keeps the focus near when the button under it goes', async () => {
    const plan = [
      { weight: '20%', hold: '10m' },
      { weight: '50%', hold: '10m' },
    ];
    const weir = await start({ plan });
    const { page, complaints } = await openTab(browser, weir.ports.admin);
    const press = async (name: string) => {
      await page.getByRole('button', { name }).focus();
      await page.keyboard.press('Enter');
    };
    await press('Pause');
    await eventually(async () => expect(await focused(page)).toBe('Resume'));
    await press('Resume');
    await eventually(async () => expect(await focused(page)).toBe('Pause'));
    await press('Advance …');
    await page.getByText('Give v2 its next step, 50 % of the requests, now?').waitFor();
    await page.keyboard.press('Enter');
    // The last step has no next one: the button stays, and takes no focus.
    await eventually(async () => expect(await focused(page)).toBe('Pause'));
    await press('Roll back');
    await eventually(async () => expect(await focused(page)).toBe('outcome'));
    await page.locator('#outcome', { hasText: 'Rolled back.' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('says of each event which version it was about', async () => {
    const weir = await start();
    await weir.change('POST', '/v1/releases', { version: 'v9', url: 'http://127.0.0.1:9' });
    await weir.change('POST', '/v1/rollback', {});
    const { page } = await openTab(browser, weir.ports.admin);
    const subjectOf = (type: string) => page.locator(`.event[data-type="${type}"] .event-subject`).textContent();
    await page.locator('.event[data-type="registered"]').waitFor();
    expect([await subjectOf('registered'), await subjectOf('rolled-back')]).toEqual(['v9', 'v2']);
  });

  it('leaves the numbers of an axis room, however long they are', async () => {
    const weir = await start({ guards: { p95: '20s' } });
    const { page } = await openTab(browser, weir.ports.admin);
    await page.getByText('limit 20000 ms').waitFor();
    const inkAtTheEdge = `(() => {
      const canvas = document.querySelector('#chart-p95 canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, 2, canvas.height);
      return data.some((value) => value > 0);
    })()`;
    await page.locator('#now-p95-stable').waitFor();
    await eventually(async () =>
      expect(await page.evaluate('document.querySelector("#chart-p95 canvas").width')).toBeGreaterThan(0),
    );
    expect(await page.evaluate(inkAtTheEdge)).toBe(false);
  });
});
