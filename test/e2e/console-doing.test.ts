import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey } from '../support/access.js';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { conversationOf, mutate, say } from '../support/console-server.js';
import { eventually } from '../support/eventually.js';
import { type RunningServer, startServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';

describeInBrowser('what one does in the console', () => {
  afterAll(closeBrowser);

  const choose = async (page: Page, choice: string) => {
    await page.getByRole('button', { name: 'Actions', exact: true }).click();
    await page.getByRole('button', { name: choice, exact: true }).click();
  };

  describe.each(SERVERS)('on %s', (_store, start) => {
    let server: RunningServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());
    const read = async (sessionId: string, fields: string) =>
      (await server.request(`query ($id: ID!) { session(sessionId: $id) { ${fields} } }`, { id: sessionId }))
        .body.data.session;

    it('adds feedback, which is seen at once', async () => {
      await say(server, 'rated', [{ role: 'USER', text: 'Hello' }]);
      const { page } = await openPage();
      await page.goto(conversationOf(server, 'rated'));
      await choose(page, 'Add feedback');
      await page.getByLabel('Bad').check();
      await page.getByLabel('Comment').fill('It did not help');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('complementary').getByText('It did not help').waitFor();
      expect((await read('rated', 'feedback { rating comment }')).feedback).toEqual([
        { rating: 'DOWN', comment: 'It did not help' },
      ]);
    });

    it('shows what would change in the metadata, and writes that alone', async () => {
      const metadata = { user: { id: 'u1', name: 'Ann' }, old: true, kept: [1] };
      await mutate(server, 'createSession', 'CreateSessionInput', { sessionId: 'meta', metadata });
      const { page } = await openPage();
      await page.goto(conversationOf(server, 'meta'));
      await choose(page, 'Edit metadata');
      const text = page.getByLabel('Metadata, as JSON');
      await text.fill('{"user": ');
      await page.getByText(/^This is no JSON/).waitFor();
      await text.fill('{"user": {"id": "u1", "name": "Ben"}, "kept": [1], "tier": 2}');
      const changes = page.getByRole('list', { name: 'Changes' }).getByRole('listitem');
      expect((await changes.allTextContents()).map((line) => line.replace(/\s+/g, ' ').trim())).toEqual([
        'user.name "Ann" "Ben"',
        'old true',
        'tier 2',
      ]);
      // Written by somebody else meanwhile, it stays.
      await mutate(server, 'updateMetadata', 'UpdateMetadataInput', {
        sessionId: 'meta',
        set: { 'user.city': 'Bonn' },
      });
      await page.getByRole('button', { name: 'Save 3 changes' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect((await read('meta', 'metadata')).metadata).toEqual({
        user: { id: 'u1', name: 'Ben', city: 'Bonn' },
        kept: [1],
        tier: 2,
      });
      await page.getByRole('complementary').getByText('"Ben"').waitFor();
    });

    it('copies a message as a command, with a place for a credential only where there is one', async () => {
      await say(server, 'taken', [{ role: 'USER', text: "It's mine" }]);
      const { page } = await openPage({ permissions: ['clipboard-read', 'clipboard-write'] });
      await page.goto(conversationOf(server, 'taken'));
      await page.getByRole('article').hover();
      await page.getByRole('button', { name: 'Actions for message 0' }).click();
      await page.getByRole('button', { name: 'Copy as cURL' }).click();
      await eventually(async () => {
        const command = String(await page.evaluate('navigator.clipboard.readText()'));
        const [, headers, body] = /^curl -s \S+((?: -H '[^']+')+) -d '([^']+)'$/.exec(command) ?? [];
        expect(headers).toBe(" -H 'content-type: application/json'");
        const response = await fetch(server.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: body ?? '',
        });
        expect(await response.json()).toMatchObject({ data: { node: { text: "It's mine" } } });
      });
      await page.getByRole('article').hover();
      await page.getByRole('button', { name: 'Actions for message 0' }).click();
      await page.getByRole('button', { name: 'Show raw JSON' }).click();
      // All of it.
      await page.getByRole('dialog').getByText('"blocks"').waitFor();
      expect(await page.getByRole('button', { name: /^Show all/ }).count()).toBe(0);
    });

    it('redacts a message for good, after it has said what that means', async () => {
      await say(server, 'leak', [{ role: 'USER', text: 'My card is 4111' }]);
      const { page } = await openPage();
      await page.goto(conversationOf(server, 'leak'));
      await page.getByRole('article').getByText('My card is 4111').hover();
      await page.getByRole('button', { name: 'Actions for message 0' }).click();
      await page.getByRole('button', { name: 'Redact', exact: true }).click();
      await page.getByText('It cannot be brought back.').waitFor();
      await page.getByLabel('Shown in its place').fill('a card number');
      await page.getByRole('button', { name: 'Redact for good' }).click();
      await page.getByRole('article').getByText('a card number').waitFor();
      // The conversation is not named by it any more either.
      await page.getByRole('heading', { name: 'a card number' }).waitFor();
      expect(await page.getByText('My card is 4111').count()).toBe(0);
      await page.getByText('redacted', { exact: true }).waitFor();
    });

    it('deletes a session only by its id, typed', async () => {
      await say(server, 'unwanted', [{ role: 'USER', text: 'Delete me' }]);
      const { page } = await openPage();
      await page.goto(conversationOf(server, 'unwanted'));
      await choose(page, 'Delete the session');
      const button = page.getByRole('button', { name: 'Delete for good' });
      await page.getByLabel(/^Type its id/).fill('unwante');
      expect(await button.isDisabled()).toBe(true);
      await page.getByLabel(/^Type its id/).fill('unwanted');
      await button.click();
      await page.waitForURL(new URL('/', server.url).href);
      await eventually(async () => expect(await read('unwanted', 'sessionId')).toBeNull());
    });

    it('exports a whole conversation as JSON and as Markdown', async () => {
      const messages = Array.from({ length: 60 }, (_, index) => ({
        role: 'USER' as const,
        text: `Line ${index}`,
      }));
      for (let page = 0; page < 5; page += 1) await say(server, 'whole', messages);
      const { page } = await openPage();
      await page.goto(conversationOf(server, 'whole'));
      const saved = async (choice: string) => {
        const [download] = await Promise.all([page.waitForEvent('download'), choose(page, choice)]);
        return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
      };
      const json = await saved('Export as JSON');
      expect(json.name).toBe('whole.json');
      const { agents } = JSON.parse(json.text);
      expect(agents[0].messages.map(({ position }: { position: number }) => position)).toEqual(
        Array.from({ length: 300 }, (_, position) => position),
      );
      const markdown = await saved('Export as Markdown');
      expect(markdown.text.match(/^Line 59$/gm)).toHaveLength(5);
    });
  });

  it('offers what the credential may do, and no more', async () => {
    const server = await startServer();
    await say(server, 'limited', [{ role: 'USER', text: 'Read me' }]);
    const admin = await makeKey(server.sqlitePath, ['read', 'append', 'feedback']);
    const offered = async (bearer: string) => {
      const { page, context } = await openPage();
      await context.addInitScript(
        `sessionStorage.setItem('parley.credential', ${JSON.stringify(bearer.slice(7))})`,
      );
      await page.goto(conversationOf(server, 'limited'));
      await page.getByRole('article').getByText('Read me').waitFor();
      await page.getByRole('banner').getByText('test').waitFor();
      await page.getByRole('button', { name: 'Actions', exact: true }).click();
      return { page, choices: await page.locator('.menu button').allTextContents() };
    };
    const reader = await makeKey(server.sqlitePath, ['read']);
    expect((await offered(reader.bearer)).choices).toEqual([
      'Make a session token',
      'Export as JSON',
      'Export as Markdown',
    ]);
    const { page, choices } = await offered(admin.bearer);
    expect(choices).toContain('Add feedback');
    expect(choices).not.toContain('Delete the session');
    await page.getByRole('button', { name: 'Make a session token' }).click();
    await page.getByLabel('add feedback').check();
    await page.getByRole('button', { name: 'Make it' }).click();
    const token = await page.locator('dialog pre').textContent();
    const { body } = (await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ caller { kind scopes sessionId } }' }),
    }).then(async (response) => ({ body: await response.json() }))) as { body: { data: { caller: object } } };
    expect(body.data.caller).toEqual({
      kind: 'SESSION_TOKEN',
      scopes: ['READ', 'FEEDBACK'],
      sessionId: 'limited',
    });
    await server.stop();
  });
});
