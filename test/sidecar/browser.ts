import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { CHROMIUM, CHROMIUM_ARGS } from '../chromium.ts';

/** A tab on the page of a sidecar, with everything that it complained about. */
export interface Tab {
  readonly page: Page;
  /** What the console called an error, exceptions, and violations of the content security policy. */
  readonly complaints: readonly string[];
}

/** How long anything may take that is waited for: only what hangs is to be ended, before the test itself is. */
const PATIENCE_MS = 90_000;

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS, timeout: PATIENCE_MS });
}

/** @param script runs in the tab before anything of the page does. */
export async function openTab(
  browser: Browser,
  adminPort: number,
  options: BrowserContextOptions = {},
  script = '',
): Promise<Tab> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.exposeFunction('complain', (text: string) => complaints.push(text));
  await page.addInitScript(`
    addEventListener('securitypolicyviolation', (event) => complain('CSP ' + event.violatedDirective + ' ' + event.blockedURI));
    window.isTheSameDocument = true;
  `);
  await page.addInitScript(script);
  await page.goto(`http://127.0.0.1:${adminPort}/`);
  return { page, complaints };
}
