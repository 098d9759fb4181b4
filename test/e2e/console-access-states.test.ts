import type { Page } from 'playwright-core';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { makeKey } from '../support/access.js';
import { openPageForAxe, violationsOfLooks } from '../support/axe.js';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { consoleOf, conversationOf, mutate, say, showBoth } from '../support/console-server.js';
import { startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { type RunningServer, startServer } from '../support/server.js';

/** Brings a page into a state. */
type Show = (page: Page, server: RunningServer) => Promise<unknown>;

const startReply = async (server: RunningServer) => {
  await say(server, 'writing', [{ role: 'USER', text: 'Where is it?' }]);
  await mutate(server, 'startReply', 'StartReplyInput', {
    sessionId: 'writing',
    agentId: 'support',
    replyId: 'r-writing',
    durability: 'EACH',
  });
  await mutate(server, 'continueReply', 'ContinueReplyInput', {
    replyId: 'r-writing',
    epoch: 1,
    offset: 0,
    parts: [
      { block: 0, text: 'I look it up', kind: 'REASONING' },
      { block: 1, text: '{"order": 4711', kind: 'TOOL_INPUT', toolUseId: 't1', name: 'find_order' },
      { block: 2, text: 'It is **on its' },
    ],
  });
};

const STATES: Record<string, Show> = {
  'an empty list': async (page, server) => {
    await page.goto(consoleOf(server));
    await page.getByRole('heading', { name: 'No conversations yet' }).waitFor();
  },
  'a list that matches nothing': async (page, server) => {
    await page.goto(`${consoleOf(server)}?filter=${encodeURIComponent('{"applicationName":"none"}')}`);
    await page.getByRole('heading', { name: 'No conversation matches' }).waitFor();
  },
  'a list that is loaded': async (page, server) => {
    await page.route('**/graphql', () => undefined);
    await page.goto(consoleOf(server));
    await page.getByRole('status', { name: 'Loading conversations' }).waitFor();
  },
  'a list that could not be loaded': async (page, server) => {
    await page.route('**/graphql', (route) => route.abort());
    await page.goto(consoleOf(server));
    await page.getByText('UNREACHABLE').waitFor();
  },
  'what the search has found': async (page, server) => {
    await say(server, 'found-1', [{ role: 'USER', text: 'I am found' }]);
    await say(server, 'found-2', [{ role: 'USER', text: 'I too' }]);
    await page.goto(consoleOf(server));
    await page.getByRole('link', { name: 'I am found' }).waitFor();
    await page.getByPlaceholder('Open by id').fill('found');
    await page.getByRole('link', { name: /^found-2/ }).waitFor();
  },
  'what the search has not found': async (page, server) => {
    await page.goto(consoleOf(server));
    await page.getByPlaceholder('Open by id').fill('nowhere');
    await page.locator('.quick-found').waitFor();
  },
  'a selected row': async (page, server) => {
    await say(server, 'chosen', [{ role: 'USER', text: 'I am chosen' }]);
    await page.goto(consoleOf(server));
    await page.getByRole('link', { name: 'I am chosen' }).focus();
    await page.locator('[data-selected="true"]').waitFor();
  },
  'a conversation that is loaded': async (page, server) => {
    await page.route('**/graphql', () => undefined);
    await page.goto(conversationOf(server, 'any'));
    await page.getByRole('status', { name: 'Loading the conversation' }).waitFor();
  },
  'a reply in progress': async (page, server) => {
    await startReply(server);
    await page.goto(conversationOf(server, 'writing'));
    await page.getByText('It is **on its').waitFor();
  },
  'a reply that was aborted': async (page, server) => {
    await startReply(server);
    await page.goto(conversationOf(server, 'writing'));
    await page.getByText('It is **on its').waitFor();
    await mutate(server, 'abortReply', 'AbortReplyInput', { replyId: 'r-writing', reason: 'by hand' });
    await page.getByText('Aborted: by hand').waitFor();
  },
  'superseded messages, folded and opened': async (page, server) => {
    await say(server, 'folds', [
      { role: 'USER', text: 'Zero' },
      { role: 'ASSISTANT', text: 'One' },
      { role: 'ASSISTANT', text: 'In short', supersedes: [{ from: 0, to: 0 }] },
      { role: 'USER', text: 'And so on' },
      { role: 'ASSISTANT', text: 'Shorter', supersedes: [{ from: 2, to: 2 }] },
    ]);
    await page.goto(conversationOf(server, 'folds'));
    await page.getByText('Shorter').waitFor();
    await page.getByRole('button', { name: 'superseded message' }).first().click();
    await page.getByRole('article').getByText('Zero').waitFor();
  },
  'the form of deletion': async (page, server) => {
    await say(server, 'kept', [{ role: 'USER', text: 'I am kept' }]);
    await page.goto(conversationOf(server, 'kept'));
    await page.getByRole('button', { name: 'Actions', exact: true }).click();
    await page.getByRole('button', { name: 'Delete the session' }).click();
    await page.getByRole('dialog').waitFor();
  },
  'a deleted session': async (page, server) => {
    await say(server, 'short', [{ role: 'USER', text: 'I will be gone' }]);
    await page.goto(conversationOf(server, 'short'));
    await page.getByRole('article').getByText('I will be gone').waitFor();
    await mutate(server, 'deleteSession', 'DeleteSessionInput', { sessionId: 'short' });
    await page.getByText('This session was deleted just now.').waitFor();
  },
};

describeInBrowser('the console, for everyone and in every state', () => {
  afterAll(closeBrowser);

  it.each(Object.entries(STATES))('has nothing that axe-core finds wrong: %s', async (_name, show) => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    const page = await openPageForAxe();
    await show(page, server);
    expect(await violationsOfLooks(page)).toEqual([]);
  });

  it('has nothing that axe-core finds wrong while the database is away', async () => {
    const standIn = await startMongoStandIn();
    onTestFinished(() => standIn.close());
    const server = await startServer({ mongodbUri: standIn.uri });
    onTestFinished(() => server.stop());
    await say(server, 'away', [{ role: 'USER', text: 'before it went' }]);
    const [list, conversation] = [await openPageForAxe(), await openPageForAxe()];
    await showBoth({ list, conversation }, server, 'away', 'before it went');
    await standIn.killPrimary();
    for (const page of [list, conversation]) {
      await page.getByText('not live just now').waitFor();
      expect(await violationsOfLooks(page)).toEqual([]);
    }
  });

  it('is no wider than a phone, for a credential with a long name too', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    await say(server, 'kept', [{ role: 'USER', text: 'Keep it' }]);
    const name = 'The colleague who looks after the shop at night';
    const { bearer } = await makeKey(server.sqlitePath, ['read'], {}, { name });
    const { page, context } = await openPage({ viewport: { width: 390, height: 800 }, isMobile: true });
    await context.addInitScript(
      `sessionStorage.setItem('parley.credential', ${JSON.stringify(bearer.slice(7))})`,
    );
    for (const address of [consoleOf(server), conversationOf(server, 'kept'), `${consoleOf(server)}server`]) {
      await page.goto(address);
      await page.getByRole('button', { name }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    }
  });
});
