import { accessSync, constants, readFileSync } from 'node:fs';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { describe, onTestFinished } from 'vitest';

/** Where a Chromium usually is, on Debian, other Linuxes and macOS. */
const USUAL: string[] = JSON.parse(readFileSync(new URL('chromium-places.json', import.meta.url), 'utf8'));

/** `CHROME_PATH`, else the first of the usual places where there is one. */
const CHROMIUM = [process.env.CHROME_PATH, ...USUAL].find((path) => path && isExecutable(path)) ?? null;

/** Tests in a browser: skipped, with the reason in their name, where there is none. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (CHROMIUM === null)
    describe.skip(`${name} [skipped: no Chromium was found; name one with CHROME_PATH]`, tests);
  else describe(name, tests);
}

let browser: Promise<Browser> | null = null;

/** A page of its own, closed with its test. What goes wrong in it is kept in `wrongs`. */
export async function openPage(
  options: BrowserContextOptions = {},
): Promise<{ page: Page; context: BrowserContext; wrongs: string[] }> {
  browser ??= chromium.launch({
    executablePath: CHROMIUM ?? '',
    // The sandbox of Chromium does not run for the superuser, as whom containers work.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  const context = await (await browser).newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const wrongs: string[] = [];
  page.on('pageerror', (error) => wrongs.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    if (/content security policy|trusted ?types/i.test(message.text())) wrongs.push(message.text());
  });
  onTestFinished(() => context.close());
  return { page, context, wrongs };
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
