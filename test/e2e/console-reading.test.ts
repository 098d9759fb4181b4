import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { conversationOf, type Said, say } from '../support/console-server.js';
import { type RunningServer, startServer } from '../support/server.js';

const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describeInBrowser('a conversation in the console', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    await closeBrowser();
    await server.stop();
  });

  it('shows a tool call and its result as one card, thoughts folded, and speech alone on demand', async () => {
    await say(server, 'tools', [
      { role: 'USER', text: 'Where is it?' },
      {
        role: 'ASSISTANT',
        content: [
          { reasoningContent: { reasoningText: { text: 'I have to look it up' } } },
          { toolUse: { toolUseId: 't1', name: 'find_order', input: { orderId: 4711 } } },
        ],
      },
      {
        role: 'USER',
        content: [
          { toolResult: { toolUseId: 't1', status: 'success', content: [{ json: { status: 'shipped' } }] } },
        ],
      },
      { role: 'ASSISTANT', text: 'It was shipped.' },
    ]);
    const { page } = await openPage();
    await page.goto(conversationOf(server, 'tools'));
    const card = page.locator('.tool');
    await card.getByText('"status": "shipped"').waitFor();
    await card.getByText('"orderId": 4711').waitFor();
    expect(await page.getByRole('article').count()).toBe(3);
    expect(await page.getByRole('button', { name: /^Thought/ }).getAttribute('aria-expanded')).toBe('false');
    await page.getByLabel('Conversation alone').check();
    await card.waitFor({ state: 'detached' });
    expect(await page.getByRole('article').locator('.prose').allTextContents()).toEqual([
      'Where is it?',
      'It was shipped.',
    ]);
  });

  it('names an author as the framework does', async () => {
    const metadata = { framework: { name: 'any', version: 1, author: 'system', item: null } };
    await say(server, 'framed', [
      { role: 'USER', text: 'Be brief.', metadata },
      { role: 'USER', text: 'one' },
    ]);
    const { page } = await openPage();
    await page.goto(conversationOf(server, 'framed'));
    await page.getByRole('article', { name: 'system, message 0' }).getByText('Be brief.').waitFor();
    await page.getByRole('article', { name: 'User, message 1' }).getByText('one').waitFor();
  });

  it('shows a source as a link, and other blocks of a framework folded under their names', async () => {
    await say(server, 'others', [
      {
        role: 'ASSISTANT',
        content: [
          { unknown: { type: 'source-url', url: 'https://example.org/rules', title: 'The rules' } },
          { unknown: { type: 'source-url', url: 'javascript:window.harmed=1', title: 'No rules' } },
          { unknown: { type: 'data-weather', data: { city: 'Rome' } } },
        ],
      },
    ]);
    const { page, wrongs } = await openPage();
    await page.goto(conversationOf(server, 'others'));
    const link = page.getByRole('article').getByRole('link', { name: 'The rules' });
    expect(await link.getAttribute('href')).toBe('https://example.org/rules');
    await page.getByRole('article').getByText('No rules').waitFor();
    expect(await page.getByRole('link', { name: 'No rules' }).count()).toBe(0);
    await page.getByRole('button', { name: /^data-weather/ }).click();
    await page.getByText('"city": "Rome"').waitFor();
    expect(wrongs).toEqual([]);
  });

  it('shows Markdown, images from their bytes and documents as files, and marks what was redacted', async () => {
    const [, , secret] = await say(server, 'rich', [
      { role: 'ASSISTANT', text: '**bold**\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```js\nlet x;\n```' },
      {
        role: 'USER',
        content: [
          { image: { format: 'png', source: { bytes: PICTURE } } },
          { document: { format: 'pdf', name: 'receipt', source: { bytes: 'JVBERi0=' } } },
        ],
      },
      { role: 'USER', text: 'my secret' },
    ]);
    const { body } = await server.request(
      'mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { message { redacted } } }',
      { input: { id: secret?.id, replacement: { role: 'USER', text: 'removed' } } },
    );
    expect(body.errors).toBeUndefined();
    const { page, wrongs } = await openPage();
    await page.goto(conversationOf(server, 'rich'));
    await page.getByRole('cell', { name: '2' }).waitFor();
    await page.locator('strong', { hasText: 'bold' }).waitFor();
    await page.getByRole('img', { name: 'image' }).waitFor();
    expect(await page.evaluate('document.querySelector("img.picture").naturalWidth')).toBe(1);
    expect(await page.getByRole('link', { name: 'receipt.pdf' }).getAttribute('download')).toBe(
      'receipt.pdf',
    );
    const redacted = page.getByRole('article').filter({ hasText: 'redacted' });
    await redacted.getByText('removed').waitFor();
    expect(wrongs).toEqual([]);
  });

  it('shows what an enemy has written as text: nothing runs, nothing is fetched, nothing freezes', async () => {
    const line = 'a'.repeat(1_000_000);
    const table = `|${'x|'.repeat(400)}\n|${'-|'.repeat(400)}\n${`|${'y|'.repeat(400)}\n`.repeat(40)}`;
    const hostile: Said[] = [
      '<script>window.harmed = 1</script><img src=x onerror="window.harmed = 1">',
      '<svg onload="window.harmed = 1"><a href="javascript:window.harmed=1">x</a></svg>',
      '[click](javascript:window.harmed=1) [data](data:text/html,hi) ![beacon](https://elsewhere.example/b.png)',
      '\u202Eright to left\u202C \u2067isolated \u200F marks',
      `${'> '.repeat(500)}deep`,
      table,
      line,
    ].map((text) => ({ role: 'USER', text }));
    await say(server, 'hostile', hostile);
    const { page, context, wrongs } = await openPage();
    const asked: string[] = [];
    context.on('request', (request) => asked.push(request.url()));
    await page.goto(conversationOf(server, 'hostile'));
    const last = page.getByRole('article', { name: 'User, message 6' });
    await last.waitFor();
    await last.getByRole('button', { name: /^Show all/ }).click();
    await last.getByRole('button', { name: /^Show more/ }).waitFor();
    for (let step = 0; step < 8; step += 1) await page.keyboard.press('k');
    await page.getByRole('article').getByText('window.harmed = 1</script>').waitFor();
    expect(await page.evaluate('window.harmed')).toBeUndefined();
    expect(
      await page
        .locator('a[href^="javascript:"], a[href^="data:"], article img, article svg[onload]')
        .count(),
    ).toBe(0);
    const own = new URL(server.url).host;
    expect(asked.filter((url) => !url.startsWith('blob:') && new URL(url).host !== own)).toEqual([]);
    expect(wrongs).toEqual([]);
  });
});
