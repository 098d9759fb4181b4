// Takes the pictures of the console that docs/ and README show: each view, light and dark, wide and on a phone. Needs a build and a Chromium.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../../bench/browser.mjs';
import { query, startParley } from '../../bench/processes.mjs';
import { openService } from '../../bench/service.mjs';
import { CONVERSATIONS, WRITING } from './conversations.mjs';
import { smallPng } from './small-png.mjs';

const TO = process.argv[2] ?? fileURLToPath(new URL('../../docs/', import.meta.url));
const SIZES = {
  wide: { viewport: { width: 1120, height: 720 } },
  phone: { viewport: { width: 390, height: 720 }, hasTouch: true },
};

let offset = 0;
const folder = mkdtempSync(join(tmpdir(), 'parley-pictures-'));
const path = join(folder, 'parley.db');
const browser = await openBrowser();
if (browser === null) process.exit(1);
await fill();
const server = await startParley(path);
try {
  await startWriting();
  for (const [size, options] of Object.entries(SIZES))
    for (const colorScheme of ['light', 'dark']) await takeAll(size, options, colorScheme);
} finally {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true });
}

/** The conversations as they would have come, by a clock of their own. */
async function fill() {
  let time = 0;
  const { service, close } = await openService(path, { now: () => new Date(time) });
  const start = Date.now();
  for (const {
    minutes,
    sessionId,
    applicationName,
    metadata = {},
    agents,
    turns,
    feedback = [],
  } of CONVERSATIONS) {
    const at = (after) => {
      time = start - (minutes - after) * 60_000;
    };
    at(0);
    await service.createSession({ sessionId, applicationName, sessionType: 'AGENT', metadata });
    for (const [agentId, agent] of Object.entries(agents))
      await service.upsertAgent({ sessionId, agentId, ...agent });
    for (const [agentId, after, message] of turns) {
      at(after);
      await service.appendMessages({ sessionId, agentId, createIfMissing: false, messages: [message] });
    }
    for (const entry of feedback) await service.addFeedback({ sessionId, ...entry });
  }
  await close();
}

function run(name, type, input) {
  return query(server.url, `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`, {
    input,
  });
}

async function startWriting() {
  const { sessionId, agentId, question } = WRITING;
  const messages = [{ role: 'USER', text: question }];
  await run('appendMessages', 'AppendMessagesInput', { sessionId, agentId, createIfMissing: true, messages });
  await run('startReply', 'StartReplyInput', { sessionId, agentId, replyId: 'writing', durability: 'EACH' });
}

/** A few words more: a writer that is not heard of is taken for gone. */
async function writeOn() {
  const parts = WRITING.parts.shift();
  await run('continueReply', 'ContinueReplyInput', { replyId: 'writing', epoch: 1, offset, parts });
  for (const { text } of parts) offset += text.length;
}

async function takeAll(size, options, colorScheme) {
  const context = await browser.newContext({ ...options, colorScheme, reducedMotion: 'reduce' });
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const take = async (name) => {
    // Where the pointer is nothing changes its colour.
    await page.mouse.move(0, 0);
    const picture = smallPng(await page.screenshot({ caret: 'hide' }));
    writeFileSync(join(TO, `console-${name}-${size}-${colorScheme}.png`), picture);
  };
  const open = (address) => page.goto(new URL(address, server.url).href);

  await open('/');
  await page.locator('.row-link').nth(8).waitFor();
  await take('sessions');

  await open(size === 'wide' ? '/session?id=chat-2026-4711#support/3' : '/session?id=chat-2026-4713');
  await page.getByRole('article').nth(1).waitFor();
  if (size === 'phone') {
    await writeOn();
    await page.getByText('writing', { exact: true }).waitFor();
  }
  if (size === 'wide') {
    // The whole of the tool's card above the message that is linked to.
    await page.mouse.move(400, 400);
    await page.mouse.wheel(0, -110);
    await page.waitForTimeout(1_000);
  }
  await take('conversation');

  await open('/server');
  await page.locator('.chart canvas').nth(4).waitFor();
  // Somebody comes, so that there is something to draw.
  await page.waitForTimeout(16_000);
  const other = await context.newPage();
  await other.goto(new URL('/', server.url).href);
  await page.waitForTimeout(24_000);
  await take('server');
  await other.close();

  if (size === 'wide') {
    await open('/graphiql');
    await page.locator('.graphiql-query-editor .view-line').nth(5).waitFor();
    await page.getByRole('button', { name: /^Execute/ }).click();
    await page.locator('.result-window .view-line', { hasText: 'sessions' }).waitFor();
    await take('graphiql');
  }
  await context.close();
}
