import { readdirSync, readFileSync } from 'node:fs';
import { parse, validate } from 'graphql';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { createSchema } from '../../src/graphql/schema.js';
import { makeKey } from '../support/access.js';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { consoleOf, say } from '../support/console-server.js';
import { eventually } from '../support/eventually.js';
import { startServer } from '../support/server.js';

const EXAMPLES = new URL('../../docs/operations/', import.meta.url);

describe('the example operations', () => {
  it.each(readdirSync(EXAMPLES))('%s is valid', (name) => {
    const text = readFileSync(new URL(name, EXAMPLES), 'utf8');
    expect(validate(createSchema(), parse(text))).toEqual([]);
  });
});

describeInBrowser('GraphiQL', () => {
  afterAll(closeBrowser);

  it('runs the examples with the credential of the console, completes, and loads nothing from elsewhere', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    await say(server, 'shown', [{ role: 'USER', text: 'Where is my order?' }]);
    const { bearer } = await makeKey(server.sqlitePath, ['read', 'append']);
    await eventually(async () => expect((await server.request('{ __typename }')).status).toBe(401));
    const { page, context, wrongs } = await openPage();
    const asked: string[] = [];
    context.on('request', (request) => asked.push(request.url()));
    await context.addInitScript(
      `sessionStorage.setItem('parley.credential', ${JSON.stringify(bearer.slice(7))})`,
    );
    await page.goto(consoleOf(server));
    await page.getByRole('link', { name: 'Where is my order?' }).waitFor();
    // Nothing of it is loaded before it is opened.
    expect(asked.filter((url) => url.includes('/graphiql'))).toEqual([]);
    await page.getByRole('link', { name: 'GraphiQL' }).click();
    await page.getByRole('tab', { name: 'LatestSessions' }).waitFor();
    // GraphiQL 5.4.0 shows its button before it knows the operation, and asks for that of the tab before for a moment after a change of tabs.
    const execute = (answer: string) =>
      eventually(async () => {
        const button = page.getByRole('button', { name: /execute/i });
        if ((await button.count()) > 0) await button.click();
        await page.locator('.graphiql-response').getByText(answer).waitFor({ timeout: 2_000 });
      });
    await execute('"shown"');

    await page.getByRole('tab', { name: 'Follow' }).click();
    await execute('"Ready"');
    await page.getByRole('button', { name: /stop/i }).click();

    await page.getByRole('tab', { name: 'WhoAmI' }).click();
    await page.locator('.graphiql-query-editor .view-line', { hasText: 'kind' }).click();
    await page.keyboard.press('End');
    await page.keyboard.type(' ');
    await eventually(async () => {
      await page.keyboard.press('Control+Space');
      expect(await page.locator('.suggest-widget .monaco-list-row').count()).toBeGreaterThan(0);
    }, 500);
    expect(wrongs).toEqual([]);
    const own = new URL(server.url).host;
    expect(asked.filter((url) => !/^(blob|data):/.test(url) && new URL(url).host !== own)).toEqual([]);
  });
});
