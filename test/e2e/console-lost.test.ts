import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTestDatabase } from '../stores/mongo/server.js';
import { makeKey } from '../support/access.js';
import { closeBrowser, describeInBrowser, openPage } from '../support/browser.js';
import { consoleOf, conversationOf, say, showBoth } from '../support/console-server.js';
import { eventually } from '../support/eventually.js';
import { startKillable } from '../support/killable-server.js';
import { startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { startServer } from '../support/server.js';
import { silentLine } from '../support/silent-line.js';
import { makeTempFolder } from '../support/temp-folder.js';

describeInBrowser('the console, while not all is well', () => {
  afterAll(closeBrowser);

  describe.each(['SQLite', 'MongoDB'])('on %s', (store) => {
    it('says that the server is gone, and goes on with it: nothing missing, nothing twice', async () => {
      const folder = await makeTempFolder();
      const database = store === 'MongoDB' ? await startTestDatabase() : null;
      const server = await startKillable(
        database
          ? { MONGODB_URI: database.server.uri, MONGODB_DATABASE: database.name }
          : { SQLITE_PATH: join(folder.path, 'parley.db') },
      );
      onTestFinished(async () => {
        await server.stop();
        await database?.drop();
        await folder.remove();
      });
      const write = (text: string) => say(server, 'kept', [{ role: 'USER', text }]);
      await write('before the crash');
      const { page, context, wrongs } = await openPage();
      const list = await context.newPage();
      await showBoth({ list, conversation: page }, server, 'kept', 'before the crash');
      // It starts again only once the page has said so.
      const lost = page.getByText('Connection lost.').waitFor();
      await server.killAndRestart(() => lost);
      await write('while nobody heard it');
      await page.getByText('while nobody heard it').waitFor();
      await write('afterwards');
      await page.getByText('afterwards').waitFor();
      expect(await page.getByRole('article').locator('.prose').allTextContents()).toEqual([
        'before the crash',
        'while nobody heard it',
        'afterwards',
      ]);
      await page.getByText('Connection lost.').waitFor({ state: 'detached' });
      // The list has caught up as well, without a reload.
      await list.locator('[data-column="messages"]', { hasText: '3' }).waitFor();
      expect(wrongs).toEqual([]);
    });
  });

  it('goes on where its line falls silent, and is never said to be cut', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    const line = await silentLine(server.url);
    await say(server, 'silent', [{ role: 'USER', text: 'before the silence' }]);
    const { page, wrongs } = await openPage();
    await page.clock.install();
    await page.goto(conversationOf(line, 'silent'));
    await page.getByRole('article').getByText('before the silence').waitFor();
    await say(server, 'silent', [{ role: 'USER', text: 'told live' }]);
    await page.getByText('told live').waitFor();
    line.fallSilent();
    await say(server, 'silent', [{ role: 'USER', text: 'meanwhile' }]);
    // A ping is sent, and not answered.
    await page.clock.runFor(35_000);
    await page.getByText('meanwhile').waitFor();
    expect(wrongs).toEqual([]);
  });

  it('says that the database is away, in the list and in the conversation, and goes on with it', async () => {
    const standIn = await startMongoStandIn();
    onTestFinished(() => standIn.close());
    const server = await startServer({ mongodbUri: standIn.uri });
    onTestFinished(() => server.stop());
    await say(server, 'away', [{ role: 'USER', text: 'before it went' }]);
    const { page, context, wrongs } = await openPage();
    const list = await context.newPage();
    await showBoth({ list, conversation: page }, server, 'away', 'before it went');
    const member = await standIn.killPrimary();
    await list.getByRole('status').getByText('The list is not live just now').waitFor();
    await page.getByRole('status').getByText('The conversation is not live just now').waitFor();
    // What was read stays.
    expect(await page.getByRole('article').getByText('before it went').count()).toBe(1);
    await standIn.startMember(member);
    for (const one of [list, page]) await one.getByText('not live just now').waitFor({ state: 'detached' });
    await say(server, 'away', [{ role: 'USER', text: 'after it came back' }]);
    await page.getByText('after it came back').waitFor();
    await list.locator('[data-column="messages"]', { hasText: '2' }).waitFor();
    expect(wrongs).toEqual([]);
  });

  it('says that a list could not be loaded, and why, and loads it when it is asked again', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    await say(server, 'there', [{ role: 'USER', text: 'I am there' }]);
    const { page } = await openPage();
    await page.route('**/graphql', (route) => route.abort());
    await page.goto(consoleOf(server));
    await page.getByRole('heading', { name: 'This could not be loaded' }).waitFor();
    await page.getByText('UNREACHABLE').waitFor();
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'I am there' }).waitFor();
  });

  it('asks for a credential, says what is wrong with one, and keeps its place when it is revoked', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    await say(server, 'secret', [{ role: 'USER', text: 'What I say here is private' }]);
    const first = await makeKey(server.sqlitePath, ['read', 'append']);
    const second = await makeKey(server.sqlitePath, ['read'], {}, { name: 'second key' });
    const bare = (bearer: string) => bearer.replace('Bearer ', '');
    // A server that had no key until now takes a moment to know of one.
    await eventually(async () => expect((await server.request('{ __typename }')).status).toBe(401));
    const { page, context } = await openPage();
    await page.goto(conversationOf(server, 'secret'));
    await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
    await page.getByLabel('Credential', { exact: true }).fill('pk_wrong');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByText('What I say here is private').count()).toBe(0);
    // It is asked for, not lost.
    expect(await page.getByText('Connection lost.').count()).toBe(0);
    await page.getByLabel('Credential', { exact: true }).fill(bare(first.bearer));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('article').getByText('What I say here is private').waitFor();

    await first.revoke();
    await page.getByRole('heading', { name: 'Your credential has ended' }).waitFor();
    // What was read stands behind the question.
    expect(await page.getByRole('article').getByText('What I say here is private').count()).toBe(1);
    await page.getByLabel('Credential', { exact: true }).fill(bare(second.bearer));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'second key' }).waitFor();
    expect(await page.getByRole('article').count()).toBe(1);
    await page.reload();
    await page.getByRole('article').getByText('What I say here is private').waitFor();

    // Of this tab alone.
    const other = await context.newPage();
    await other.goto(consoleOf(server));
    await other.getByRole('heading', { name: 'Who are you?' }).waitFor();
  });
});
