import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { consoleOf, conversationOf, mutate, say } from '../support/console-server.js';
import { eventually } from '../support/eventually.js';
import type { RunningServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';

describeInBrowser('the console', () => {
  afterAll(closeBrowser);

  describe.each(SERVERS)('on %s', (_store, start) => {
    let server: RunningServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    it("follows README's first conversation, from an empty list on", async () => {
      const { page, wrongs } = await openPage();
      await page.goto(consoleOf(server));
      await page.getByRole('heading', { name: 'No conversations yet' }).waitFor();
      await say(server, 'demo', [
        { role: 'USER', text: 'Where is my order?' },
        { role: 'ASSISTANT', text: 'On its way. It arrives tomorrow.' },
      ]);
      await page.getByText('1 conversation', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'Where is my order?' }).click();
      await page.getByText('On its way. It arrives tomorrow.').waitFor();
      // The conversation is named as its row was.
      await page.getByRole('heading', { name: 'Where is my order?' }).waitFor();
      expect(await page.title()).toBe('Where is my order? · Parley');
      await say(server, 'demo', [{ role: 'USER', text: 'And the second parcel?' }]);
      await page.getByText('And the second parcel?').waitFor();
      expect(await page.getByRole('article').count()).toBe(3);
      await page.getByRole('link', { name: 'All conversations' }).click();
      await page.getByRole('link', { name: 'Where is my order?' }).waitFor();
      expect(wrongs).toEqual([]);
    });

    it('says of each row what it is about, who, how many and how it was rated', async () => {
      await mutate(server, 'createSession', 'CreateSessionInput', {
        sessionId: 'rated',
        metadata: { title: 'A refund', user: { id: 'u7' } },
      });
      await mutate(server, 'upsertAgent', 'UpsertAgentInput', {
        sessionId: 'rated',
        agentId: 'cashier',
        model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      });
      await say(server, 'rated', [{ role: 'USER', text: 'I want my money back' }], 'cashier');
      await mutate(server, 'addFeedback', 'AddFeedbackInput', { sessionId: 'rated', rating: 'UP' });
      const { page } = await openPage();
      await page.goto(`${consoleOf(server)}?columns=agents,messages,rating,metadata:user.id`);
      const row = page.getByRole('listitem').filter({ hasText: 'A refund' });
      await row.waitFor();
      for (const text of ['rated', 'cashier', 'claude-sonnet-4-5', 'u7', 'good: 1']) {
        await row.getByText(text, { exact: false }).first().waitFor();
      }
    });

    it('keeps the filter in the address, and suggests the metadata that there is', async () => {
      await mutate(server, 'createSession', 'CreateSessionInput', {
        sessionId: 'gold',
        metadata: { tier: 'gold' },
      });
      await say(server, 'plain', [{ role: 'USER', text: 'I have no tier' }]);
      const { page } = await openPage();
      // Also where the list shows nothing that has any.
      await page.goto(`${consoleOf(server)}?filter={"applicationName":"nobody"}`);
      await page.getByRole('heading', { name: 'No conversation matches' }).waitFor();
      await page.getByRole('button', { name: 'Filter', exact: true }).click();
      await page.locator('#metadata-paths option[value="tier"]').waitFor({ state: 'attached' });
      await page.getByRole('button', { name: 'Remove the filter Application nobody' }).click();
      await page.getByRole('link', { name: 'No messages yet' }).waitFor();
      await page.getByRole('button', { name: 'Filter', exact: true }).click();
      await page.getByLabel('Path').fill('tier');
      await page.getByLabel('Value').fill('gold');
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.getByText('1 conversation', { exact: true }).waitFor();
      const shared = page.url();
      expect(JSON.parse(new URL(shared).searchParams.get('filter') ?? '')).toEqual({
        metadata: [{ path: 'tier', eq: 'gold' }],
      });
      const { page: colleague } = await openPage();
      await colleague.goto(shared);
      await colleague.getByText('1 conversation', { exact: true }).waitFor();
      await colleague.getByRole('button', { name: /^Remove the filter tier/ }).click();
      await colleague.getByRole('link', { name: 'I have no tier' }).waitFor();
    });

    it('finds sessions by the beginning of their id, and says where there is none', async () => {
      await say(server, 'by-id', [{ role: 'USER', text: 'Find me' }]);
      for (let index = 0; index < 9; index += 1)
        await say(server, `by-id-${index}`, [{ role: 'USER', text: 'And me' }]);
      const { page } = await openPage();
      await page.goto(consoleOf(server));
      // The keys are listened to once the page is drawn.
      const field = page.getByRole('searchbox');
      await field.waitFor();
      await eventually(async () => {
        await page.keyboard.press('/');
        expect(await page.evaluate('document.activeElement.type')).toBe('search');
      });
      await field.fill('');
      await page.keyboard.type('by-ix');
      await page.getByText('No session has an id that begins so.').waitFor();
      await page.keyboard.press('Backspace');
      const found = page.getByRole('list', { name: 'Sessions found' }).getByRole('link');
      // The one with this very id comes first; the others are a filter.
      await page.keyboard.type('d');
      await found.first().getByText('by-id', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'All that begin so' }).waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForURL(conversationOf(server, 'by-id'));
      await page.getByRole('heading', { name: 'Find me' }).waitFor();
      await page.goto(consoleOf(server));
      await field.fill('by-id');
      await page.getByRole('link', { name: 'All that begin so' }).click();
      await page.getByText('10 conversations', { exact: true }).waitFor();
      await page.goto(conversationOf(server, 'nobody'));
      await page.getByRole('heading', { name: 'There is no such session' }).waitFor();
      await say(server, 'nobody', [{ role: 'USER', text: 'Now I exist' }]);
      await page.getByRole('article').getByText('Now I exist').waitFor();
    });

    it('moves no row under the pointer: what has moved waits until the pointer has left', async () => {
      const { page } = await openPage();
      for (const id of ['first', 'second', 'third'])
        await say(server, id, [{ role: 'USER', text: `I am ${id}` }]);
      await page.goto(consoleOf(server));
      const titles = page.locator('.row-link');
      await page.getByRole('link', { name: 'I am third' }).hover();
      await say(server, 'first', [{ role: 'USER', text: 'Once more' }]);
      await page.getByRole('button', { name: '1 new or moved' }).waitFor();
      expect((await titles.allTextContents()).slice(0, 3)).toEqual([
        'I am third',
        'I am second',
        'I am first',
      ]);
      await page.mouse.move(10, 10);
      await page.getByRole('button', { name: 'new or moved' }).waitFor({ state: 'detached' });
      expect((await titles.allTextContents()).slice(0, 3)).toEqual([
        'I am first',
        'I am third',
        'I am second',
      ]);
    });

    it('shows what comes at the top of a list that is longer than the page', async () => {
      const write = (from: number, to: number) =>
        Promise.all(
          Array.from({ length: to - from }, (_, index) =>
            say(server, `many-${from + index}`, [{ role: 'USER', text: `I am number ${from + index}` }]),
          ),
        );
      await write(0, 30);
      const { page } = await openPage();
      await page.goto(consoleOf(server));
      await page.getByText('I am number', { exact: false }).first().waitFor();
      await write(30, 40);
      await say(server, 'newest', [{ role: 'USER', text: 'I am the newest' }]);
      await eventually(async () =>
        expect(await page.locator('.row-link').first().textContent()).toBe('I am the newest'),
      );
      expect(await page.evaluate('document.querySelector(".table").scrollTop')).toBe(0);
      expect(await page.getByRole('button', { name: 'new or moved' }).count()).toBe(0);
    });

    it('keeps the focus of a row that is scrolled away, and goes on from there', async () => {
      for (let n = 0; n < 40; n++) await say(server, `far-${n}`, [{ role: 'USER', text: `I am far ${n}` }]);
      const { page } = await openPage();
      await page.goto(consoleOf(server));
      await page.getByRole('link', { name: 'I am far 39' }).waitFor();
      const focused = (id: string) =>
        eventually(async () =>
          expect(await page.evaluate('document.activeElement.dataset.session')).toBe(id),
        );
      await eventually(async () => {
        await page.keyboard.press('k');
        expect(await page.evaluate('document.activeElement.dataset.session')).toBe('far-39');
      });
      await page.getByRole('list', { name: 'Conversations' }).hover();
      await page.mouse.wheel(0, 1_500);
      await page.getByRole('link', { name: 'I am far 38' }).waitFor({ state: 'detached' });
      await focused('far-39');
      await page.keyboard.press('j');
      await focused('far-38');
      const head = await page.locator('.table-head').boundingBox();
      const row = await page.getByRole('listitem').filter({ hasText: 'I am far 38' }).boundingBox();
      expect(row?.y).toBeGreaterThanOrEqual((head?.y ?? Number.NaN) + (head?.height ?? 0));
      for (let id = 37; id > 15; id--) {
        await page.keyboard.press('j');
        await focused(`far-${id}`);
      }
      const last = await page.getByRole('listitem').filter({ hasText: 'I am far 16' }).boundingBox();
      expect((last?.y ?? Number.NaN) + (last?.height ?? 0)).toBeLessThanOrEqual(800);
    });

    it('takes out what is deleted, and says so to whoever reads it', async () => {
      await say(server, 'short-lived', [{ role: 'USER', text: 'I will be gone' }]);
      const { page: list } = await openPage();
      const { page: reader } = await openPage();
      await list.goto(consoleOf(server));
      await reader.goto(conversationOf(server, 'short-lived'));
      await list.getByRole('link', { name: 'I will be gone' }).waitFor();
      await reader.getByRole('article').getByText('I will be gone').waitFor();
      await mutate(server, 'deleteSession', 'DeleteSessionInput', { sessionId: 'short-lived' });
      await list.getByRole('link', { name: 'I will be gone' }).waitFor({ state: 'detached' });
      await reader.getByText('This session was deleted just now.').waitFor();
    });
  });
});
