import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { conversationOf, mutate, say } from '../support/console-server.js';
import { eventually } from '../support/eventually.js';
import { startKillable } from '../support/killable-server.js';
import { type RunningServer, startServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';
import { makeTempFolder } from '../support/temp-folder.js';

type Asked = Pick<RunningServer, 'request'>;

const grow = (server: Asked, replyId: string, offset: number, parts: object[], epoch = 1) =>
  mutate(server, 'continueReply', 'ContinueReplyInput', { replyId, epoch, offset, parts });
const start = (server: Asked, sessionId: string, replyId: string) =>
  mutate(server, 'startReply', 'StartReplyInput', {
    sessionId,
    agentId: 'support',
    replyId,
    durability: 'EACH',
    createIfMissing: true,
  });
/** What the messages say, in their order. */
const said = async (page: Page) => page.getByRole('article').locator('.prose').allTextContents();

describeInBrowser('replies in the console', () => {
  afterAll(closeBrowser);

  describe.each(SERVERS)('on %s', (_store, startServer) => {
    const servers: RunningServer[] = [];
    afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
    const open = async (sessionId: string) => {
      const server = await startServer();
      servers.push(server);
      await say(server, sessionId, [{ role: 'USER', text: 'Where is it?' }]);
      const { page, wrongs } = await openPage();
      await page.goto(conversationOf(server, sessionId));
      await page.getByRole('article').getByText('Where is it?').waitFor();
      return { server, page, wrongs };
    };

    it('grow in their place, with thoughts and tools, and become one message', async () => {
      const { server, page, wrongs } = await open('grows');
      await start(server, 'grows', 'r-grows');
      const reply = page.getByRole('article', { name: 'support, reply in progress' });
      await reply.getByText('writing', { exact: true }).waitFor();
      await grow(server, 'r-grows', 0, [{ block: 0, text: 'I look it up', kind: 'REASONING' }]);
      await reply.getByRole('button', { name: /^Thought/ }).waitFor();
      await grow(server, 'r-grows', 12, [
        { block: 1, text: '{"order": 4711', kind: 'TOOL_INPUT', toolUseId: 't1', name: 'find_order' },
      ]);
      await reply.locator('.tool').getByText('{"order": 4711').waitFor();
      await grow(server, 'r-grows', 26, [
        { block: 1, text: '}' },
        { block: 2, text: 'It is **on its' },
      ]);
      await reply.locator('.tool').getByText('"order": 4711').waitFor();
      await reply.getByText('It is **on its').waitFor();
      // Who comes in the middle sees all of it.
      const { page: late } = await openPage();
      await late.goto(conversationOf(server, 'grows'));
      await late.getByText('It is **on its').waitFor();
      await grow(server, 'r-grows', 41, [{ block: 2, text: ' way**.' }]);
      for (const one of [page, late]) {
        await one.locator('strong', { hasText: 'on its way' }).waitFor();
        expect(await said(one)).toEqual(['Where is it?', 'It is on its way.']);
      }
      await mutate(server, 'finishReply', 'FinishReplyInput', { replyId: 'r-grows', epoch: 1 });
      for (const one of [page, late]) {
        await one.getByRole('article', { name: 'support, message 1' }).waitFor();
        expect(await said(one)).toEqual(['Where is it?', 'It is on its way.']);
      }
      expect(wrongs).toEqual([]);
    });

    it('say that they were aborted, until the agent goes on', async () => {
      const { server, page } = await open('aborted');
      await start(server, 'aborted', 'r-aborted');
      await grow(server, 'r-aborted', 0, [{ block: 0, text: 'It was never' }]);
      await page.getByText('It was never').waitFor();
      await mutate(server, 'abortReply', 'AbortReplyInput', {
        replyId: 'r-aborted',
        reason: 'stopped by hand',
      });
      await page.getByText('Aborted: stopped by hand').waitFor();
      expect(await said(page)).toEqual(['Where is it?']);
      await say(server, 'aborted', [{ role: 'ASSISTANT', text: 'Tomorrow.' }]);
      await page.getByText('Tomorrow.').waitFor();
      expect(await page.getByText('Aborted:').count()).toBe(0);
    });

    it('keep the end in sight as they grow beyond the page, and the place of whoever reads further up', async () => {
      const { server, page } = await open('high');
      await start(server, 'high', 'r-high');
      let offset = 0;
      const write = async (from: number, to: number) => {
        const text = Array.from({ length: to - from }, (_, index) => `Line ${from + index}\n\n`).join('');
        await grow(server, 'r-high', offset, [{ block: 0, text }]);
        offset += text.length;
      };
      await write(0, 60);
      await page.getByText('Line 59', { exact: true }).waitFor();
      await write(60, 80);
      const newest = page.getByText('Line 79', { exact: true });
      await newest.waitFor();
      const height = page.viewportSize()?.height ?? 0;
      await eventually(async () => expect((await newest.boundingBox())?.y).toBeLessThan(height));
      await page.getByRole('log').hover();
      await eventually(async () => {
        await page.mouse.wheel(0, -400);
        await page.getByRole('button', { name: 'To the end' }).waitFor({ timeout: 1_000 });
      });
      const read = page.getByText('Line 50', { exact: true });
      let at = await read.boundingBox();
      // The wheel may still roll.
      await eventually(async () => {
        const before = at;
        at = await read.boundingBox();
        expect(at).toEqual(before);
      }, 200);
      await write(80, 120);
      await page.getByText('Line 119', { exact: true }).waitFor({ state: 'attached' });
      expect((await read.boundingBox())?.y).toBeCloseTo(at?.y ?? Number.NaN, 0);
    });
  });

  it('stay in sight where one begins and grows just as the opening of its conversation is over', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    await say(server, 'young', [{ role: 'USER', text: 'Where is it?' }]);
    const { page } = await openPage();
    // The opening is over when a timer says so: here once the reply is drawn, before the frame in which the end is sought again.
    await page.addInitScript(`{
      const later = window.setTimeout;
      const opening = [];
      window.setTimeout = (run, ms, ...given) => ms === 150 ? opening.push(run) : later(run, ms, ...given);
      new MutationObserver(() => {
        if ((document.querySelector('.timeline-body')?.clientHeight ?? 0) > innerHeight)
          for (const run of opening.splice(0)) run();
      }).observe(document, { childList: true, subtree: true, attributes: true });
    }`);
    await page.goto(conversationOf(server, 'young'));
    await page.getByRole('article').getByText('Where is it?').waitFor();
    // The page stands still meanwhile, so that it hears of both at once.
    const text = Array.from({ length: 80 }, (_, index) => `Line ${index}\n\n`).join('');
    const both = [
      [
        'startReply',
        'StartReplyInput',
        { sessionId: 'young', agentId: 'support', replyId: 'r-young', durability: 'EACH' },
      ],
      [
        'continueReply',
        'ContinueReplyInput',
        { replyId: 'r-young', epoch: 1, offset: 0, parts: [{ block: 0, text }] },
      ],
    ];
    await page.evaluate(`for (const [name, type, input] of ${JSON.stringify(both)}) {
      const request = new XMLHttpRequest();
      request.open('POST', '/graphql', false);
      request.setRequestHeader('content-type', 'application/json');
      const query = 'mutation ($input: ' + type + '!) { ' + name + '(input: $input) { __typename } }';
      request.send(JSON.stringify({ query, variables: { input } }));
    }`);
    const newest = page.getByText('Line 79', { exact: true });
    await newest.waitFor();
    const height = page.viewportSize()?.height ?? 0;
    await eventually(async () => expect((await newest.boundingBox())?.y).toBeLessThan(height));
  });

  it('go on in the middle of a word where the server was killed: nothing missing, nothing twice', async () => {
    const folder = await makeTempFolder();
    const server = await startKillable({ SQLITE_PATH: join(folder.path, 'parley.db') });
    onTestFinished(async () => {
      await server.stop();
      await folder.remove();
    });
    await start(server, 'killed', 'r-killed');
    const { page } = await openPage();
    await page.goto(conversationOf(server, 'killed'));
    await grow(server, 'r-killed', 0, [{ block: 0, text: 'It comes tomor' }]);
    await page.getByText('It comes tomor').waitFor();
    await server.killAndRestart();
    await grow(server, 'r-killed', 14, [{ block: 0, text: 'row.' }]);
    await page.getByText('It comes tomorrow.').waitFor();
    await mutate(server, 'finishReply', 'FinishReplyInput', { replyId: 'r-killed', epoch: 1, offset: 18 });
    await page.getByRole('article', { name: 'support, message 0' }).waitFor();
    expect(await said(page)).toEqual(['It comes tomorrow.']);
  });
});
