import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { conversationOf, say } from '../support/console-server.js';
import { eventually } from '../support/eventually.js';
import { type RunningServer, startServer } from '../support/server.js';

const LENGTH = 1_000;

/** Pages of messages, which are held back until `release` is called. */
async function holdPages(page: Page): Promise<{ asked(): number; release(): void }> {
  let [asked, free] = [0, false];
  const waiting: (() => void)[] = [];
  const isPage = (request: Request) => request.postData()?.includes('query MessagesFrom') ?? false;
  await page.route('**/graphql', async (route) => {
    if (isPage(route.request())) {
      asked += 1;
      if (!free) await new Promise<void>((go) => waiting.push(go));
    }
    await route.continue();
  });
  return {
    asked: () => asked,
    release: () => {
      free = true;
      for (const go of waiting.splice(0)) go();
    },
  };
}

/** The positions that are drawn. */
async function drawn(page: Page): Promise<number[]> {
  const labels = (await page.evaluate(
    'Array.from(document.querySelectorAll("article"), (it) => it.getAttribute("aria-label"))',
  )) as string[];
  return labels.map((label) => Number(/\d+$/.exec(label)));
}

/** Opens it; the wheel turns its messages. */
async function showEnd(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByText(`Message number ${LENGTH - 1}`).waitFor();
  await page.getByRole('log').hover();
}

const placeOf = async (page: Page, position: number): Promise<number> =>
  (await page.getByRole('article', { name: new RegExp(`message ${position}$`) }).boundingBox())?.y ??
  Number.NaN;

describeInBrowser('a long conversation in the console', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    await closeBrowser();
    await server.stop();
  });

  /** A session of this name with a thousand messages of several heights, one of them perhaps higher than the page. */
  async function long(sessionId: string, tall?: number): Promise<string> {
    for (let from = 0; from < LENGTH; from += 100) {
      const messages = Array.from({ length: 100 }, (_, index) => ({
        role: index % 2 ? ('ASSISTANT' as const) : ('USER' as const),
        text: `Message number ${from + index}\n\n${'Some more words. '.repeat(from + index === tall ? 900 : index % 30)}`,
      }));
      await say(server, sessionId, messages);
    }
    return conversationOf(server, sessionId);
  }

  it('opens at its end, and loads what is older as one scrolls up', async () => {
    const address = await long('upwards');
    const { page } = await openPage();
    await showEnd(page, address);
    await eventually(async () => {
      await page.mouse.wheel(0, -1_500);
      expect(Math.min(...(await drawn(page)))).toBeLessThan(850);
    });
  });

  it('loads what is older also for a reader who leaves the end as soon as it is there', async () => {
    const address = await long('hasty');
    const { page } = await openPage();
    // After the page's first frames, and before its timers: each comes ten times as late here, on purpose.
    await page.addInitScript(`{
      const { setTimeout } = window;
      window.setTimeout = (run, ms, ...given) => setTimeout(run, ms * 10, ...given);
      let frames = 0;
      const up = () => {
        if (document.querySelector('article') && ++frames > 10) document.querySelector('.timeline-scroll').scrollTop -= 2000;
        requestAnimationFrame(up);
      };
      requestAnimationFrame(up);
    }`);
    await page.goto(address);
    await eventually(async () => expect(Math.min(...(await drawn(page)))).toBeLessThan(850));
  });

  it('holds the place under the eye while older messages come in above', async () => {
    const address = await long('held');
    const { page } = await openPage();
    const pages = await holdPages(page);
    await showEnd(page, address);
    await eventually(async () => {
      await page.mouse.wheel(0, -1_500);
      expect(pages.asked()).toBe(1);
      expect(await page.evaluate('document.querySelector(".timeline-scroll").scrollTop')).toBe(0);
    });
    const before = await placeOf(page, 952);
    pages.release();
    await eventually(async () => expect(Math.min(...(await drawn(page)))).toBeLessThan(950));
    expect(await placeOf(page, 952)).toBeCloseTo(before, -1);
  });

  it('counts new ones while one reads further up, and keeps the newest in sight at the end', async () => {
    const address = await long('counted');
    const { page } = await openPage();
    await showEnd(page, address);
    await eventually(async () => {
      await page.mouse.wheel(0, -500);
      await page.getByRole('button', { name: 'To the end' }).waitFor({ timeout: 1_000 });
    });
    await say(server, 'counted', [
      { role: 'USER', text: 'New one' },
      { role: 'USER', text: 'New two' },
    ]);
    await page.getByRole('button', { name: '2 new messages' }).click();
    await page.getByText('New two').waitFor();
    await page.getByRole('button', { name: 'To the end' }).waitFor({ state: 'detached' });
    await say(server, 'counted', [{ role: 'USER', text: 'New three' }]);
    await page.getByText('New three').waitFor();
    expect(await page.getByRole('button', { name: 'new message' }).count()).toBe(0);
  });

  it('opens at a linked message, and goes on from there in both directions', async () => {
    const address = await long('linked');
    const { page } = await openPage();
    await page.goto(`${address}#support/500`);
    await page.getByText('Message number 500').waitFor();
    const linked = page.locator('[data-linked="true"]');
    await linked.waitFor();
    expect(await linked.getAttribute('aria-label')).toBe('User, message 500');
    await eventually(async () => {
      await page.keyboard.press('p');
      expect(Math.min(...(await drawn(page)))).toBeLessThan(450);
    });
    await page.getByRole('button', { name: 'To the end' }).click();
    await page.getByText(`Message number ${LENGTH - 1}`).waitFor();
  });

  it('waits for what comes next where the keys are quicker than the pages', async () => {
    const address = await long('keys', 524);
    const { page } = await openPage();
    await page.goto(`${address}#support/500`);
    await page.locator('[data-linked="true"]').waitFor();
    const pages = await holdPages(page);
    await eventually(async () => {
      await page.keyboard.press('n');
      expect(await drawn(page)).toContain(524);
      // It is drawn before it is so near that what follows is asked for.
      expect(pages.asked()).toBe(1);
    });
    // On from the last that is loaded, ten times.
    for (let press = 0; press < 10; press += 1) await page.keyboard.press('n');
    expect(pages.asked()).toBe(1);
    expect(Math.max(...(await drawn(page)))).toBe(524);
    pages.release();
    await eventually(async () => {
      await page.keyboard.press('n');
      expect(Math.max(...(await drawn(page)))).toBeGreaterThan(550);
    });
    expect(Math.max(...(await drawn(page)))).toBeLessThan(600);
  });
});
