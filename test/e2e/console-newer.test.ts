import type { Page, Route } from 'playwright-core';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { consoleOf, conversationOf, say } from '../support/console-server.js';
import { startServer } from '../support/server.js';

describeInBrowser('a console that is older than its server', () => {
  afterAll(closeBrowser);

  async function open() {
    const server = await startServer();
    onTestFinished(() => server.stop());
    await say(server, 'there', [{ role: 'USER', text: 'I am there' }]);
    return { server, ...(await openPage()) };
  }

  it('is loaded again, where one is, when a view is not there any more', async () => {
    const { server, page, wrongs } = await open();
    await page.goto(consoleOf(server));
    const link = page.getByRole('link', { name: 'I am there' });
    await link.waitFor();
    await bringNewer(page);
    await link.click();
    await page.getByRole('article').getByText('I am there').waitFor();
    expect(page.url()).toBe(conversationOf(server, 'there'));
    expect(await isNewer(page)).toBe(true);
    expect(wrongs).toEqual([]);
  });

  it('is loaded again no more than once where the same one comes back, and when it is asked to', async () => {
    const { server, page } = await open();
    onTestFinished(() => page.unrouteAll({ behavior: 'ignoreErrors' }));
    let pages = 0;
    await page.route('**/session*', async (route) => {
      pages += Number(route.request().isNavigationRequest());
      // Another instance answers whoever asks for the newest.
      await (route.request().isNavigationRequest() ? route.continue() : fulfilRenamed(route));
    });
    await page.route(/conversation-page/, (route) => route.fulfill({ status: 404 }));
    await page.goto(consoleOf(server));
    await page.getByRole('link', { name: 'I am there' }).click();
    await page.getByRole('heading', { name: 'This view could not be fetched' }).waitFor();
    expect(pages).toBe(1);
    await page.unroute(/conversation-page/);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('article').getByText('I am there').waitFor();
    expect(pages).toBe(2);
  });

  it('says so when the server is back, and loads the newer one when it is asked to', async () => {
    const { server, page, wrongs } = await open();
    let cut = async () => {};
    await page.routeWebSocket('**/graphql', (socket) => {
      socket.connectToServer();
      cut = () => socket.close({ code: 1012 });
    });
    await page.goto(conversationOf(server, 'there'));
    await page.getByRole('article').getByText('I am there').waitFor();
    await bringNewer(page);
    await cut();
    const load = page.getByRole('button', { name: 'A new version is there' });
    await load.click();
    await page.getByRole('article').getByText('I am there').waitFor();
    expect(await isNewer(page)).toBe(true);
    expect(await load.count()).toBe(0);
    expect(wrongs).toEqual([]);
  });

  it('tells what to do where nothing of it is there any more', async () => {
    const { server, page } = await open();
    await page.route(/assets\/index/, (route) => route.fulfill({ status: 404 }));
    await page.goto(conversationOf(server, 'there'));
    const told = page.getByText('This page is older than its server. Load it again.');
    await told.waitFor();
    await page.unroute(/assets\/index/);
    await page.reload();
    await page.getByRole('article').getByText('I am there').waitFor();
    expect(await told.count()).toBe(0);
  });

  it('is loaded again where the editor of GraphiQL is not there any more', async () => {
    const { server, page } = await open();
    await bringNewer(page);
    // It had been fetched before that.
    await page.route(/\/graphiql$/, (route) => route.continue(), { times: 1 });
    await page.route(/assets\/(?:index|rolldown-runtime)-(?!newer)/, (route) => route.continue());
    await page.goto(new URL('/graphiql', server.url).href);
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    expect(await isNewer(page)).toBe(true);
  });
});

const NEWER = '-newer-';
/** The same build with other hashes in its names. */
const renamed = (text: string) => text.replaceAll(/-(?=[\w-]{8}\.(?:js|css)\b)/g, NEWER);

const isNewer = (page: Page) =>
  page.evaluate(`document.querySelector('script[src]').getAttribute('src').includes('${NEWER}')`);

/** From now on the server has another build, and none of the one that there was. */
async function bringNewer(page: Page): Promise<void> {
  // What is on its way then is of no matter.
  onTestFinished(() => page.unrouteAll({ behavior: 'ignoreErrors' }));
  await page.route(/\/assets\/.*\.(js|css)$/, async (route) => {
    const url = route.request().url();
    await (url.includes(NEWER)
      ? fulfilRenamed(route, url.replace(NEWER, '-'))
      : route.fulfill({ status: 404 }));
  });
  await page.route(/\/(?:session|server|graphiql)?(?:\?.*)?$/, (route) => fulfilRenamed(route));
}

async function fulfilRenamed(route: Route, url = route.request().url()): Promise<void> {
  const response = await route.fetch({ url });
  const { 'content-encoding': _, 'content-length': __, ...headers } = response.headers();
  await route.fulfill({ status: response.status(), headers, body: renamed(await response.text()) });
}
