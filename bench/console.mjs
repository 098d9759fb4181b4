import { join } from 'node:path';
import { freshPage, openBrowser } from './browser.mjs';
import { manySessions } from './dashboard.mjs';
import { compare, quantile } from './harness.mjs';
import { startParley } from './processes.mjs';
import { openService, textOf } from './service.mjs';
import { makeFolder } from './workspace.mjs';

const ROUNDS = 5;
const SESSIONS = 100_000;
const MESSAGES = 10_000;
const FEW_MESSAGES = 50;
/** Of a key and of the wheel, each. */
const TURNS = 15;
/** What is there when a list is drawn, be it empty. */
const DRAWN = '.row-link, .first-steps';

/** In the page: when the answer with the list was whole, and when what it shows had been painted. */
const WATCH_LIST = `{
  const { fetch } = window;
  window.fetch = async (...given) => {
    const response = await fetch(...given);
    if (String(given[1]?.body).includes('query Sessions(')) {
      const read = response.text.bind(response);
      response.text = async () => {
        const text = await read();
        window.answered ??= performance.now();
        return text;
      };
    }
    return response;
  };
  const look = () => {
    if (window.answered && document.querySelector('${DRAWN}')) {
      // After the frame in which it is there has been drawn.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { window.took = performance.now() - window.answered; };
      port2.postMessage(null);
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}`;

/** In the page: how long each key and each turn of the wheel takes until its frame has been drawn. */
const WATCH_KEYS = `{
  window.times = [];
  for (const type of ['keydown', 'wheel']) addEventListener(type, ({ timeStamp }) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.times.push(performance.now() - timeStamp);
      port2.postMessage(null);
    });
  }, { capture: true, passive: true });
}`;

/** Milliseconds from the answer to the first rows. */
export const compareLists = () =>
  onLists(async (browser, { url }) => {
    const { page, close } = await freshPage(browser, WATCH_LIST);
    await page.goto(new URL('/', url).href);
    const took = await once(page, 'window.took');
    await close();
    return took;
  });

/** Milliseconds from a key, or a turn of the wheel, to its frame: the slowest but one of thirty. */
export const compareInteraction = () =>
  onLists(async (browser, { url }) => {
    const { page, close } = await freshPage(browser, WATCH_KEYS);
    await page.goto(new URL('/', url).href);
    await page.locator(DRAWN).first().waitFor();
    await page.mouse.move(600, 400);
    for (let turn = 0; turn < TURNS; turn++) {
      await page.keyboard.press('j');
      await page.mouse.wheel(0, 2_000);
      await once(page, `window.times.length >= ${2 * turn + 2}`);
    }
    const times = await page.evaluate('window.times');
    await close();
    return quantile(times, 1 - 1 / (2 * TURNS - 1));
  });

/** The first value of an expression that is none of false, 0 and absent. The pages' policy lets nothing be evaluated in them but from outside. */
const once = (page, expression) =>
  page.evaluate(`new Promise((done) => {
    const look = () => (${expression} ? done(${expression}) : requestAnimationFrame(look));
    look();
  })`);

async function onLists(measure) {
  const browser = await openBrowser();
  if (browser === null) return null;
  const { folder, remove } = makeFolder();
  const empty = await startParley(join(folder, 'empty.db'));
  const many = await startParley(await manySessions(SESSIONS), { env: { METADATA_INDEXES: 'user.id' } });
  try {
    return await compare({
      ours: () => measure(browser, many),
      theirs: () => measure(browser, empty),
      rounds: ROUNDS,
    });
  } finally {
    await browser.close();
    await Promise.all([empty.stop(), many.stop()]);
    remove();
  }
}

/** Milliseconds from the address of a conversation to its last message. */
export async function compareOpening() {
  const browser = await openBrowser();
  if (browser === null) return null;
  const { folder, remove } = makeFolder();
  const path = join(folder, 'parley.db');
  await fillConversations(path);
  const { url, stop } = await startParley(path);
  const time = async (sessionId, last) => {
    const { page, close } = await freshPage(browser, '');
    const from = performance.now();
    await page.goto(new URL(`/session?id=${sessionId}`, url).href);
    await page.getByRole('article', { name: new RegExp(`message ${last}$`) }).waitFor();
    const took = performance.now() - from;
    await close();
    return took;
  };
  try {
    return await compare({
      ours: () => time('long', MESSAGES - 1),
      theirs: () => time('short', FEW_MESSAGES - 1),
      rounds: ROUNDS,
    });
  } finally {
    await browser.close();
    await stop();
    remove();
  }
}

async function fillConversations(path) {
  const { service, close } = await openService(path, { synchronous: 'NORMAL' });
  for (const [sessionId, count] of [
    ['long', MESSAGES],
    ['short', FEW_MESSAGES],
  ]) {
    for (let from = 0; from < count; from += 50) {
      const messages = Array.from({ length: 50 }, (_, index) => ({
        role: index % 2 ? 'assistant' : 'user',
        text: textOf(from + index, 60 + ((from + index) % 9) * 120),
      }));
      await service.appendMessages({ sessionId, agentId: 'support', createIfMissing: true, messages });
    }
  }
  await close();
}
