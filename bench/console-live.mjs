import { join } from 'node:path';
import { freshPage, openBrowser } from './browser.mjs';
import { query, startParley } from './processes.mjs';
import { textOf } from './service.mjs';
import { makeFolder } from './workspace.mjs';

const PER_SECOND = 50;
const SECONDS = 60;
const FRAME_MS = 200;
/** Before the first heap: what is kept of a conversation, 1,000 messages and their sizes, is full, and some have left it. */
const FILL = 2_500;

/** In the page: how long each frame took. */
const WATCH_FRAMES = `{
  window.frames_ = [];
  let before = performance.now();
  const next = (now) => { window.frames_.push(now - before); before = now; requestAnimationFrame(next); };
  requestAnimationFrame(next);
}`;
const APPEND =
  'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { position } } }';

/** The heap of a page that follows a conversation, after a minute against before; and its frames. `--seconds` for a shorter time. */
export async function measureLive(args) {
  const seconds = Number(args[args.indexOf('--seconds') + 1] ?? SECONDS) || SECONDS;
  const browser = await openBrowser();
  if (browser === null) return null;
  const { folder, remove } = makeFolder();
  const { url, stop } = await startParley(join(folder, 'parley.db'));
  let said = 0;
  const write = (count = 1) => {
    const messages = Array.from({ length: count }, () => {
      said += 1;
      return { role: said % 2 ? 'USER' : 'ASSISTANT', text: textOf(said, 60 + (said % 9) * 120) };
    });
    const input = { sessionId: 'live', agentId: 'support', createIfMissing: true, messages };
    return query(url, APPEND, { input });
  };
  const { page, close } = await freshPage(browser, WATCH_FRAMES);
  const tools = await page.context().newCDPSession(page);
  const heap = async () => {
    await tools.send('HeapProfiler.collectGarbage');
    return (await tools.send('Runtime.getHeapUsage')).usedSize / 1e6;
  };
  const shown = () =>
    page.getByRole('article', { name: new RegExp(`message ${said - 1}$`) }).waitFor({ timeout: 30_000 });
  try {
    await write(50);
    await page.goto(new URL('/session?id=live', url).href);
    await shown();
    while (said < FILL) await write(50);
    await shown();
    const theirs = await heap();
    await page.evaluate('window.frames_.length = 0');
    const from = performance.now();
    const before = said;
    const writes = [];
    while (performance.now() - from < seconds * 1_000) {
      const due = Math.floor(((performance.now() - from) / 1_000) * PER_SECOND) - writes.length;
      for (let n = 0; n < due; n++) writes.push(write());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(writes);
    await shown();
    const rate = (said - before) / ((performance.now() - from) / 1_000);
    const frames = (await page.evaluate('window.frames_')).sort((a, b) => b - a);
    const ours = await heap();
    const slow = frames.filter((ms) => ms > FRAME_MS).length;
    console.log(
      `${rate.toFixed(0)} messages a second, ${frames.length} frames, ${slow} above ${FRAME_MS} ms; the longest took ${frames
        .slice(0, 5)
        .map((ms) => ms.toFixed(0))
        .join(', ')} ms`,
    );
    const ratio = ours / theirs;
    return { ours, theirs, ratio, low: ratio, high: ratio, range: 'one run' };
  } finally {
    await close();
    await browser.close();
    await stop();
    remove();
  }
}
