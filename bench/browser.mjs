import { accessSync, constants, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const USUAL = JSON.parse(
  readFileSync(new URL('../test/support/chromium-places.json', import.meta.url), 'utf8'),
);

/** A browser, or null where there is none: then it has been said why nothing is measured. */
export async function openBrowser() {
  const executablePath = [process.env.CHROME_PATH, ...USUAL].find((path) => path && isExecutable(path));
  if (executablePath === undefined) {
    console.log('skipped: no Chromium was found; name one with CHROME_PATH');
    return null;
  }
  // The sandbox of Chromium does not run for the superuser.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

/** A page that has kept nothing of another one. `script` runs in it before its own. */
export async function freshPage(browser, script) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript(script);
  return { page: await context.newPage(), close: () => context.close() };
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
