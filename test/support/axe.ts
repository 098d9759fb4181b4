import { createRequire } from 'node:module';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { openPage } from './browser.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * In the page: rows have the height of the new width, which they learn in the next frame, and what fades in has come to rest. What goes on
 * without end is not waited for.
 */
const AT_REST = `new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
  .then(() => Promise.allSettled(document.getAnimations()
    .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
    .map(({ finished }) => finished)))`;

/** A page that axe-core can be run in. */
export async function openPageForAxe(options: BrowserContextOptions = {}): Promise<Page> {
  // The policy of the pages lets no foreign script in, not even the one that looks at them.
  const { page } = await openPage({ bypassCSP: true, ...options });
  await page.addInitScript({ path: AXE });
  return page;
}

/** What axe-core finds wrong, one line each. */
export const violations = (page: Page): Promise<string[]> =>
  page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(' | ')))`,
  );

/** The same of a page in light and in dark colours, wide and as on a phone. */
export async function violationsOfLooks(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await page.evaluate(AT_REST);
      for (const line of await violations(page)) found.push(`${colorScheme}, ${width}: ${line}`);
    }
  }
  return found;
}
