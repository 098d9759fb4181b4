import type { Page } from 'playwright-core';
import { afterAll, afterEach, expect, it } from 'vitest';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { conversationOf, say } from '../support/console-server.js';
import { eventually } from '../support/eventually.js';
import { type RunningServer, startServer } from '../support/server.js';

/** What the lines say, folds and messages, in their order on the page. */
const lines = (page: Page) =>
  page
    .locator('.placed-entry')
    .locator('.fold-toggle, .message .prose, .message .message-body > p.faint')
    .allTextContents()
    .then((texts) => texts.map((text) => text.trim()));

describeInBrowser('messages in the place of earlier ones, in the console', () => {
  const servers: RunningServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
  afterAll(closeBrowser);
  const open = async (sessionId: string, hash = '') => {
    const server = servers[0] ?? (await startServer());
    if (servers.length === 0) {
      servers.push(server);
      await say(server, sessionId, [
        { role: 'USER', text: 'Zero' },
        { role: 'ASSISTANT', text: 'One' },
        { role: 'USER', text: 'Two' },
      ]);
    }
    const { page, wrongs } = await openPage();
    await page.goto(conversationOf(server, sessionId) + hash);
    return { server, page, wrongs };
  };

  it('fold what they supersede, live and when it is loaded, and a fold opens and closes', async () => {
    const { server, page, wrongs } = await open('folds');
    await page.getByText('Two').waitFor();
    await say(server, 'folds', [{ role: 'ASSISTANT', text: 'In short', supersedes: [{ from: 0, to: 1 }] }]);
    await page.getByText('In short').waitFor();
    const { page: late } = await open('folds');
    await late.getByText('In short').waitFor();
    for (const one of [page, late]) {
      await eventually(async () =>
        expect(await lines(one)).toEqual(['2 superseded messages', 'Two', 'In short']),
      );
      const summary = one.getByRole('article', { name: 'support, message 3' });
      await summary.getByText('in place of 0 to 1').waitFor();
      // The conversation is named by what the user says first of what stands.
      await one.getByRole('heading', { name: 'Two' }).waitFor();
    }
    await say(server, 'folds', [{ role: 'USER', content: [], supersedes: [{ from: 2, to: 2 }] }]);
    for (const one of [page, late]) {
      await eventually(async () =>
        expect(await lines(one)).toEqual(['3 superseded messages', 'In short', 'Takes out 2']),
      );
      const fold = one.getByRole('button', { name: '3 superseded messages' });
      await fold.click();
      await eventually(async () =>
        expect(await lines(one)).toEqual([
          '3 superseded messages',
          'Zero',
          'One',
          'Two',
          'In short',
          'Takes out 2',
        ]),
      );
      await one.getByRole('article', { name: 'User, message 0' }).getByText('superseded by 3').waitFor();
      await fold.click();
      await eventually(async () => expect(await lines(one)).toHaveLength(3));
    }
    expect(wrongs).toEqual([]);
  });

  it('open the fold of a message that is linked to', async () => {
    const { server, page } = await open('linked');
    await page.getByText('Two').waitFor();
    await say(server, 'linked', [{ role: 'ASSISTANT', text: 'In short', supersedes: [{ from: 0, to: 2 }] }]);
    await page.getByRole('button', { name: '3 superseded messages' }).click();
    const href = await page
      .getByRole('article', { name: 'support, message 1' })
      .locator('.message-time')
      .getAttribute('href');
    const { page: linked } = await open('linked', href ?? '');
    await linked.locator('[data-linked="true"]', { hasText: 'One' }).waitFor();
    expect(await lines(linked)).toEqual(['3 superseded messages', 'Zero', 'One', 'Two', 'In short']);
  });
});
