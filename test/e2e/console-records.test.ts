import { afterAll, afterEach, expect, it } from 'vitest';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { consoleOf, conversationOf, type Said, say } from '../support/console-server.js';
import { eventually } from '../support/eventually.js';
import { type RunningServer, startServer } from '../support/server.js';

describeInBrowser('records of a framework, in the console', () => {
  const servers: RunningServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
  afterAll(closeBrowser);

  const record = (type: string): Said => ({
    role: 'USER',
    content: [{ unknown: { type } }],
    metadata: { framework: { name: 'a-framework', version: 1, author: 'system', item: null } },
  });

  it('are folded to one line that opens, and do not name the conversation', async () => {
    const server = await startServer();
    servers.push(server);
    await say(server, 'records', [
      record('queue'),
      record('snapshot'),
      { role: 'USER', text: 'Where is order 5?' },
      { role: 'ASSISTANT', text: 'On its way' },
      record('title'),
    ]);
    const { page, wrongs } = await openPage();
    await page.goto(conversationOf(server, 'records'));
    await page.getByText('On its way').waitFor();
    const folds = page.locator('.fold-toggle');
    const texts = async () => (await folds.allTextContents()).map((text) => text.trim());
    await eventually(async () =>
      expect(await texts()).toEqual(['2 framework records', '1 framework record']),
    );
    const messages = page.locator('.placed-entry .message');
    await eventually(async () => expect(await messages.count()).toBe(2));
    await folds.first().click();
    await page.getByText('snapshot').waitFor();
    await eventually(async () => expect(await messages.count()).toBe(4));
    await say(server, 'records', [record('tag')]);
    await eventually(async () =>
      expect(await texts()).toEqual(['2 framework records', '2 framework records']),
    );
    await page.getByText('Conversation alone').click();
    // What has been opened, too.
    await eventually(async () => expect([await texts(), await messages.count()]).toEqual([[], 2]));
    await page.goto(consoleOf(server));
    await page.getByRole('link', { name: 'Where is order 5?' }).waitFor();
    expect(wrongs).toEqual([]);
  });

  it('say of a call that it waits for approval, until it has been answered', async () => {
    const server = await startServer();
    servers.push(server);
    const asking = (approvals: string[], ...more: object[]): Said => ({
      role: 'ASSISTANT',
      content: [{ toolUse: { toolUseId: 't1', name: 'pay', input: { euro: 5 } } }, ...more],
      metadata: { framework: { name: 'a-framework', version: 1, item: null, approvals } },
    });
    await say(server, 'approvals', [{ role: 'USER', text: 'Pay' }, asking(['t1'])]);
    const { page, wrongs } = await openPage();
    await page.goto(conversationOf(server, 'approvals'));
    const state = page.locator('.tool-state');
    await eventually(async () => expect(await state.allTextContents()).toEqual(['waits for approval']));
    const toolResult = { toolUseId: 't1', status: 'success', content: [{ text: 'paid' }] };
    await say(server, 'approvals', [{ ...asking([], { toolResult }), supersedes: [{ from: 1, to: 1 }] }]);
    await eventually(async () => expect(await state.allTextContents()).toEqual(['done']));
    expect(wrongs).toEqual([]);
  });
});
