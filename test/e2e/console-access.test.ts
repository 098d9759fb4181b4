import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPageForAxe, violations } from '../support/axe.js';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { consoleOf, conversationOf, mutate, say } from '../support/console-server.js';
import { eventually } from '../support/eventually.js';
import { type RunningServer, startServer } from '../support/server.js';

describeInBrowser('the console, for everyone', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer();
    await say(server, 'spoken', [
      { role: 'USER', text: '# Question\n\nWhere is `it`? See [here](https://example.org).' },
      {
        role: 'ASSISTANT',
        content: [
          { reasoningContent: { reasoningText: { text: 'I have to look it up' } } },
          { toolUse: { toolUseId: 't1', name: 'find_order', input: { orderId: 4711 } } },
        ],
      },
      {
        role: 'USER',
        content: [{ toolResult: { toolUseId: 't1', status: 'error', content: [{ text: 'no answer' }] } }],
      },
      { role: 'ASSISTANT', text: 'I do not know.\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```sh\nls\n```' },
    ]);
    await say(server, 'spoken', [{ role: 'USER', text: 'Look it up' }], 'researcher');
    await mutate(server, 'addFeedback', 'AddFeedbackInput', {
      sessionId: 'spoken',
      rating: 'DOWN',
      comment: 'No help',
    });
  });
  afterAll(async () => {
    await closeBrowser();
    await server.stop();
  });

  describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
    it.each([
      ['wide', 1280],
      ['narrow', 390],
    ])('has nothing that axe-core finds wrong, %s', async (_name, width) => {
      const page = await openPageForAxe({ colorScheme, viewport: { width, height: 800 } });
      const wrong: Record<string, string[]> = {};
      await page.goto(consoleOf(server));
      await page.getByRole('link', { name: 'Question' }).waitFor();
      wrong.list = await violations(page);
      await page.getByRole('button', { name: 'Filter', exact: true }).click();
      wrong.filter = await violations(page);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Keys' }).click();
      await page.getByRole('dialog').waitFor();
      wrong.help = await violations(page);
      await page.goto(`${conversationOf(server, 'spoken')}&panel=1`);
      await page.getByText('I do not know.').waitFor();
      wrong.conversation = await violations(page);
      await page.goto(`${conversationOf(server, 'spoken')}&columns=1&panel=0`);
      await page.getByText('I do not know.').waitFor();
      wrong.columns = await violations(page);
      await page.goto(new URL('/server', server.url).href);
      await page.getByText('Feed lag').waitFor();
      wrong.server = await violations(page);
      await page.goto(conversationOf(server, 'nobody'));
      await page.getByRole('heading', { name: 'There is no such session' }).waitFor();
      wrong.missing = await violations(page);
      expect(Object.values(wrong).flat()).toEqual([]);
      expect(Object.keys(wrong)).toHaveLength(7);
    });
  });

  it('is used with the keys alone', async () => {
    await say(server, 'other', [{ role: 'USER', text: 'Something else' }]);
    const { page } = await openPage();
    await page.goto(consoleOf(server));
    await page.getByRole('link', { name: 'Something else' }).waitFor();
    const focused = (id: string) =>
      eventually(async () => expect(await page.evaluate('document.activeElement.dataset.session')).toBe(id));
    // The keys are listened to once the page is drawn.
    await eventually(async () => {
      await page.keyboard.press('k');
      expect(await page.evaluate('document.activeElement.dataset.session')).toBe('other');
    });
    await page.keyboard.press('j');
    await focused('spoken');
    await page.keyboard.press('k');
    await focused('other');
    await page.keyboard.press('j');
    await focused('spoken');
    await page.keyboard.press('Enter');
    await page.getByText('I do not know.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Something else' }).waitFor();
  });
});
