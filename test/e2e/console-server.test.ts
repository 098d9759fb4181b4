import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/read-config.js';
import { packageVersion } from '../../src/version.js';
import { makeKey } from '../support/access.js';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { consoleOf } from '../support/console-server.js';
import { startServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';

it('is left out with CONSOLE=off, and the rest stays', async () => {
  const server = await startServer({ console: readConfig({ CONSOLE: 'off' }, {}).console });
  onTestFinished(() => server.stop());
  const statusOf = async (path: string) => (await fetch(new URL(path, server.url))).status;
  for (const path of ['/', '/session', '/server', '/graphiql']) expect(await statusOf(path)).toBe(404);
  expect(await statusOf('/ready')).toBe(200);
  expect((await server.request('{ caller { kind } }')).body.data.caller.kind).toBe('ANONYMOUS');
});

describeInBrowser("the console's view of the server", () => {
  afterAll(closeBrowser);

  describe.each(SERVERS)('on %s', (store, start) => {
    it('shows how it is, and counts who follows', async () => {
      const server = await start();
      onTestFinished(() => server.stop());
      const { page, context, wrongs } = await openPage();
      await page.goto(consoleOf(server));
      await page.getByRole('link', { name: 'Server', exact: true }).click();
      await page.getByRole('status').getByText('Ready', { exact: true }).waitFor();
      await page.getByText(packageVersion(), { exact: true }).waitFor();
      await page.getByText(store, { exact: false }).first().waitFor();
      expect(await page.locator('.chart canvas').count()).toBe(6);
      const other = await context.newPage();
      await other.goto(consoleOf(server));
      await page.locator('.chart', { hasText: 'Subscriptions' }).getByText('1', { exact: true }).waitFor();
      expect(wrongs).toEqual([]);
    });
  });

  it('tells no more than whether it is ready, without the scope admin', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    const { bearer } = await makeKey(server.sqlitePath, ['read']);
    const { page, context } = await openPage();
    await context.addInitScript(
      `sessionStorage.setItem('parley.credential', ${JSON.stringify(bearer.slice(7))})`,
    );
    await page.goto(new URL('/server', server.url).href);
    await page.getByRole('status').getByText('Ready', { exact: true }).waitFor();
    await page.getByText('The rest is told to credentials with the scope admin.').waitFor();
    expect(await page.locator('.chart').count()).toBe(0);
  });
});
