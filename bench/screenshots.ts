/**
 * The pictures of the page in `docs/images/`: a real sidecar between two real upstreams, under load, in the middle of a
 * plan and after a reset. Takes about two minutes, needs /usr/bin/chromium.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { readConfig } from '../src/config/load.ts';
import { startSidecar } from '../src/sidecar.ts';
import { systemClock } from '../src/support/clock.ts';
import { newId, systemRandom } from '../src/support/random.ts';
import { CHROMIUM, CHROMIUM_ARGS } from '../test/chromium.ts';

const { values } = parseArgs({
  options: {
    to: { type: 'string', default: resolve(import.meta.dirname, '../docs/images') },
    seconds: { type: 'string', default: '100' },
  },
});
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const quiet = (): void => {};

/** Answers after about so long; the larger numbers are rare, as they are. */
function upstream(usualMs: number, failsEvery: () => number): RequestListener {
  let count = 0;
  return (_request, response) => {
    const delayMs = usualMs * (0.7 + 0.3 * systemRandom() + 1.5 * systemRandom() ** 12);
    const isFailure = ++count % failsEvery() === 0;
    setTimeout(() => response.writeHead(isFailure ? 500 : 200).end('{}'), delayMs);
  };
}

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).unref();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const state = mkdtempSync(join(tmpdir(), 'weir-screenshots-'));
let candidateFailsEvery = 900;
const spanMs = Number(values.seconds) * 1000;
const result = readConfig(
  JSON.stringify({
    service: 'checkout',
    listen: { traffic: '127.0.0.1:0', admin: '127.0.0.1:0', telemetry: '127.0.0.1:0' },
    stable: { version: 'v1.2.3', url: await listen(upstream(60, () => 2000)) },
    candidate: { version: 'v1.3.0', url: await listen(upstream(72, () => candidateFailsEvery)) },
    plan: [
      { weight: '5%', hold: `${Math.round(spanMs * 0.3)}ms` },
      { weight: '25%', hold: `${Math.round(spanMs * 1.1)}ms` },
      { weight: '100%', hold: '10m' },
    ],
    guards: { window: '1m', errors: '2%', p95: '150ms' },
    timeouts: { drain: '0s' },
    journal: { dir: join(state, 'state') },
  }),
  'screenshots.json',
);
if ('mistakes' in result) throw new Error(JSON.stringify(result.mistakes));
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const sidecar = await startSidecar(result.config, {
  clock: systemClock,
  random: systemRandom,
  newId,
  log,
  version: 'screenshots',
});
const agent = new Agent({ keepAlive: true });
const load = setInterval(() => {
  const sent = get({ host: '127.0.0.1', port: sidecar.ports.traffic, agent }, (answer) => void answer.resume());
  sent.on('error', quiet);
}, 10);

const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS });
const open = async (colorScheme: 'light' | 'dark', width: number, height: number) => {
  const page = await browser.newPage({ colorScheme, viewport: { width, height } });
  await page.goto(`http://127.0.0.1:${sidecar.ports.admin}/`);
  return page;
};
mkdirSync(values.to, { recursive: true });
const [light, dark, phone] = [
  await open('light', 1280, 900),
  await open('dark', 1280, 900),
  await open('light', 390, 844),
];
await wait(spanMs * 0.85);
await light.screenshot({ path: join(values.to, 'page-light.png') });
await phone.screenshot({ path: join(values.to, 'page-phone.png') });
candidateFailsEvery = 6;
await dark.locator('body[data-phase="rolled-back"]').waitFor({ timeout: 60_000 });
await wait(spanMs * 0.1);
await dark.screenshot({ path: join(values.to, 'page-dark.png') });

await browser.close();
clearInterval(load);
agent.destroy();
await sidecar.stop();
rmSync(state, { recursive: true, force: true });
