import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RolloutEvent } from '../../src/model/event.ts';
import { describeWith } from '../support-programs.ts';
import { launch, openTab } from './browser.ts';
import { LOW_CONTRAST } from './contrast.ts';
import { eventually } from './eventually.ts';
import { bearer, startGuarded } from './guarded.ts';
import { startLoad } from './load.ts';
import { SIEVE } from './sieve.ts';
import { freePort } from '../ports.ts';
import { failing, startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const GUARDS = { window: '10s', errors: '5%', p95: '5s', rule: 'plain', minRequests: 10 };

async function start(more: object = {}) {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  // A port that nobody else is given while it is away.
  const listen = { admin: `127.0.0.1:${await freePort()}` };
  const settings = { stable: stable.url, candidate: candidate.url, weight: '20%', guards: GUARDS, listen, more };
  return { candidate, weir: await startWeir(settings) };
}

describeWith('chromium', 'apt-get install chromium', 'the page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  it('shows a reset as it happens, without being loaded again and without a complaint', async () => {
    const { candidate, weir } = await start();
    const load = startLoad(weir.traffic, { perSecond: 100 });
    const { page, complaints } = await openTab(browser, weir.ports.admin, {}, SIEVE);
    await page.locator('body[data-phase="shifting"]').waitFor();
    await page.locator('#weight-candidate', { hasText: '20 %' }).waitFor();
    await page.locator('#now-rates-stable', { hasText: /\d\/s/ }).waitFor();
    // From here on nothing can show the reset but the event itself: no next second comes, and nothing may be asked for.
    await page.evaluate('window.withholdsSeconds = true');
    await eventually(async () => expect(await page.evaluate('window.withheld')).toBeGreaterThan(0));
    const asked: string[] = [];
    page.on('request', (request) => void asked.push(request.url()));
    candidate.answer = failing;
    await page.locator('body[data-phase="rolled-back"]').waitFor();

    expect(await page.locator('#phase').textContent()).toBe('Rolled back');
    expect(await page.locator('#weight-candidate').textContent()).toBe('0 %');
    expect(await page.locator('#reason').textContent()).toContain('candidate failures');
    expect(await page.locator('#announcer').textContent()).toContain('Rolled back');
    expect(await page.title()).toContain('Rolled back');
    // A verdict after a reset names only what was broken; the limits are in force all the same.
    expect(await page.locator('#now-p95-limit').textContent()).toBe('limit 5000 ms');
    const entry = page.locator('.event[data-type="rolled-back"]');
    await entry.waitFor();
    const event = (await weir.history()).find(({ type }) => type === 'rolled-back')!;
    expect(await entry.locator('code').allTextContents()).toEqual(event.traceIds);
    expect(event.traceIds.length).toBeGreaterThan(0);
    expect(asked).toEqual([]);
    expect(await page.evaluate('window.isTheSameDocument')).toBe(true);
    // What a person does afterwards was not caused by those requests.
    await weir.change('POST', '/v1/releases', { version: 'v9', url: 'http://127.0.0.1:9' });
    const later = page.locator('.event[data-type="registered"]');
    await later.waitFor();
    expect(await later.locator('code').count()).toBe(0);
    await load.stop();
    expect(complaints).toEqual([]);
  });

  it('draws its charts with the limits in them', async () => {
    const { weir } = await start();
    const load = startLoad(weir.traffic, { perSecond: 100 });
    const { page } = await openTab(browser, weir.ports.admin);
    await page.locator('#now-p95-candidate', { hasText: / ms/ }).waitFor();
    await eventually(async () => {
      const colours = await page.evaluate<number[]>(`[...document.querySelectorAll('canvas')].map((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const seen = new Set();
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) seen.add(data[i] + ' ' + data[i + 1] + ' ' + data[i + 2]);
        return ['11 98 168', '168 84 0', '180 35 24'].map((colour) => Number(seen.has(colour))).join('');
      })`);
      // Stable, candidate and limit, where no other line can hide them.
      expect(colours).toEqual(['11.', '.11', '.11', '.1.'].map((all) => expect.stringMatching(all)));
    });
    await load.stop();
  });

  it('rolls back with one click, with or without a reason', async () => {
    const { weir } = await start();
    const { page, complaints } = await openTab(browser, weir.ports.admin);
    await page.getByLabel('Reason for the rollback').fill('it smells');
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.locator('body[data-phase="rolled-back"]').waitFor();
    expect(await weir.status()).toMatchObject({ phase: 'rolled-back', reason: 'it smells' });

    await weir.change('PUT', '/v1/weights', { candidate: 30 });
    await page.locator('body[data-phase="shifting"]').waitFor();
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.locator('body[data-phase="rolled-back"]').waitFor();
    expect((await weir.status()).weights.candidate).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('is steered by the keyboard alone: a weight, asked twice, then a pause', async () => {
    const { weir } = await start();
    const { page, complaints } = await openTab(browser, weir.ports.admin);
    await page.getByRole('slider').waitFor();
    const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.textContent');
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 30 && !(await focused()).startsWith(name); presses++) {
        await page.keyboard.press('Tab');
      }
      expect(await focused()).toContain(name);
      // Whoever steers by keyboard must see where he is.
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    };
    await tabTo('weight');
    for (let presses = 0; presses < 5; presses++) await page.keyboard.press('ArrowRight');
    await tabTo('Set weight');
    await page.keyboard.press('Enter');
    await page.getByText('Set v2 from 20 % to 25 % of the requests?').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'hidden' });
    expect((await weir.status()).weights.candidate).toBe(20);
    await page.keyboard.press('Enter');
    await page.locator('dialog[open]').waitFor();
    await tabTo('Yes');
    await page.keyboard.press('Enter');
    await page.locator('#outcome', { hasText: 'v2 has 25 %.' }).waitFor();
    expect((await weir.status()).weights.candidate).toBe(25);
    await tabTo('Pause');
    await page.keyboard.press('Space');
    await page.locator('body[data-phase="paused"]').waitFor();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows a weight of hundredths as it is, and offers no other until somebody moves the slider', async () => {
    const { weir } = await start();
    await weir.change('PUT', '/v1/weights', { candidate: 12.34 });
    const { page, complaints } = await openTab(browser, weir.ports.admin);
    const button = page.getByRole('button', { name: 'Set weight …' });
    await page.locator('output', { hasText: '12.34 %' }).waitFor();
    expect(await button.isDisabled()).toBe(true);
    await page.getByRole('slider').press('ArrowRight');
    await page.locator('output', { hasText: '13 %' }).waitFor();
    expect(await button.isDisabled()).toBe(false);
    expect(complaints).toEqual([]);
  });

  it('says why when a change is refused', async () => {
    const { weir } = await start();
    const { page } = await openTab(browser, weir.ports.admin);
    await page.getByRole('button', { name: 'Promote …' }).click();
    await page.locator('dialog[open]').waitFor();
    // Somebody else was quicker: what this person saw is no longer so.
    await weir.change('PUT', '/v1/weights', { candidate: 3 });
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.locator('#outcome[data-ok="false"]', { hasText: 'revision' }).waitFor();
    expect((await weir.status()).phase).toBe('shifting');
  });

  it('says in sight of the button that a rollback was not done, on a phone too', async () => {
    const { weir } = await start();
    const { page } = await openTab(browser, weir.ports.admin, { viewport: { width: 360, height: 640 } });
    await page.locator('body[data-phase="shifting"]').waitFor();
    await weir.stop();
    await page.getByRole('button', { name: 'Roll back' }).click();
    const outcome = page.locator('#outcome[data-ok="false"]', { hasText: 'Weir did not answer' });
    await outcome.waitFor();
    const { y, height } = (await outcome.boundingBox())!;
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y + height).toBeLessThanOrEqual(640);
  });

  it('shows a viewer everything and nothing to press', async () => {
    const { weir, viewer } = await startGuarded();
    const { page } = await openTab(browser, weir.ports.admin);
    await page.getByLabel('Token').fill(viewer);
    await page.keyboard.press('Enter');
    await page.locator('#who', { hasText: 'bob (viewer)' }).waitFor();
    await page.locator('#weight-candidate', { hasText: '20 %' }).waitFor();
    await page.locator('.event').first().waitFor();
    expect(await page.locator('main button, main input').filter({ visible: true }).count()).toBe(0);
    expect(await page.locator('main button').count()).toBe(0);
  });

  it('asks for a token when one is needed, keeps it in memory only, and acts in its name', async () => {
    const { weir, operator, send } = await startGuarded();
    const { page } = await openTab(browser, weir.ports.admin);
    await page.getByLabel('Token').fill(`${operator.slice(0, -2)}xx`);
    await page.keyboard.press('Enter');
    await page.getByText('That token was refused').waitFor();
    await page.getByLabel('Token').fill(operator);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.locator('body[data-phase="rolled-back"]').waitFor();
    const history = await send('GET', '/v1/history', { headers: bearer(operator) });
    const { events }: { events: readonly RolloutEvent[] } = JSON.parse(history.text);
    expect(events.find(({ type }) => type === 'rolled-back')).toMatchObject({ actor: 'ada' });
    const stored = 'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])';
    expect(await page.evaluate(stored)).not.toContain(operator);
    expect(await page.content()).not.toContain(operator);
    await page.reload();
    await page.getByLabel('Token').waitFor();
  });

  it('says so when the sidecar is gone, shows what is old as such, and goes on when it is back', async () => {
    const { weir } = await start();
    const { page } = await openTab(browser, weir.ports.admin);
    await page.locator('body[data-phase="shifting"]').waitFor();
    const { admin } = weir.ports;
    await weir.stop();
    await page.getByRole('alert').filter({ hasText: 'Connection lost.' }).waitFor();
    await page.getByText(/What you see is \d+ s old/).waitFor();
    expect(await page.locator('body.stale').count()).toBe(1);
    // It may be all there is to read. Only that it is lost is called out, and not its age each second.
    expect(await page.evaluate(LOW_CONTRAST)).toEqual([]);
    expect(await page.getByRole('alert').textContent()).toBe('Connection lost.');
    const stable = await startUpstream('another');
    const listen = { admin: `127.0.0.1:${admin}` };
    await startWeir({ stable: stable.url, listen });
    await page.locator('body[data-phase="idle"]').waitFor();
    await page.getByRole('alert').filter({ hasText: 'Connection lost.' }).waitFor({ state: 'hidden' });
    expect(await page.locator('body.stale').count()).toBe(0);
  });

  it.each([
    [360, 'light'],
    [360, 'dark'],
    [1280, 'light'],
  ] as const)('fits %d px in %s, with text that can be read', async (width, colorScheme) => {
    const { candidate, weir } = await start({
      plan: [
        { weight: '20%', hold: '10m' },
        { weight: '100%', hold: '10m' },
      ],
    });
    candidate.answer = failing;
    const { page, complaints } = await openTab(browser, weir.ports.admin, {
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width, height: 800 },
    });
    await page.locator('.step[aria-current="step"]').waitFor();
    const load = startLoad(weir.traffic, { perSecond: 100 });
    await page.locator('.event[data-type="rolled-back"]').waitFor();
    await load.stop();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(await page.evaluate(LOW_CONTRAST)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
