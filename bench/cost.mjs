import { join } from 'node:path';
import { describeNumber, medianTime, quantile } from './harness.mjs';
import { openService, textOf } from './service.mjs';
import { makeFolder } from './workspace.mjs';

/** Sessions of the smallest file, and messages of its one long conversation; the others have 10 and 100 times as many. */
const FEW = 100;
const GROWTH = [1, 10, 100];
/** What each operation returns, whatever there is. */
const RETURNED = 20;
const TIMES = 40;
const ROUNDS = 5;
const BATCH = 100;
const WRITERS = 32;
const LONG = 'long';
const ALL = Number.MAX_SAFE_INTEGER;

/**
 * Microseconds of operations that return the same, on three files of which each has ten times the data of the one before. NORMAL: the
 * wait for the disk would hide what grows. Prints each with its slope, the power of the data's growth by which it grows; gives the
 * one that grows most, of the largest file against the smallest.
 */
export async function compareGrowth() {
  const { folder, remove } = makeFolder();
  const files = [];
  try {
    for (const growth of GROWTH) files.push(await openFile(join(folder, `${growth}.db`), FEW * growth));
    const results = [];
    for (const name of Object.keys(operationsOn(files[0]))) results.push(await growthOf(name, files));
    return results.reduce((most, one) => (one.ratio > most.ratio ? one : most));
  } finally {
    for (const { close } of files) await close();
    remove();
  }
}

async function growthOf(name, files) {
  const steps = files.map((file) => operationsOn(file)[name]);
  const rounds = [];
  for (let round = -1; round < ROUNDS; round++) {
    const times = [];
    for (const step of steps) times.push((await medianTime(step, TIMES)) * 1_000);
    if (round >= 0) rounds.push(times);
  }
  const times = files.map((_, index) =>
    quantile(
      rounds.map((round) => round[index]),
      0.5,
    ),
  );
  const ratios = rounds.map((round) => round.at(-1) / round[0]);
  const [low, ratio, high] = [0.25, 0.5, 0.75].map((q) => quantile(ratios, q));
  const slope = Math.log10(ratio) / Math.log10(GROWTH.at(-1));
  console.log(`${name}: ${times.map(describeNumber).join(', ')} µs, slope ${slope.toFixed(2)}`);
  return { ours: times.at(-1), theirs: times[0], ratio, low, high };
}

/** A file with so many sessions, of which as many are of one user as are returned, and a conversation of as many messages. */
async function openFile(path, size) {
  const { service, opened, close } = await openService(path, {
    synchronous: 'NORMAL',
    metadataIndexes: ['user.id'],
  });
  const store = opened.sessions;
  const append = (sessionId, first, count) =>
    service.appendMessages({
      sessionId,
      agentId: 'support',
      createIfMissing: true,
      messages: Array.from({ length: count }, (_, n) => ({ role: 'user', text: textOf(first + n, 200) })),
    });
  let next = 0;
  const write = async () => {
    while (next < size) {
      const n = next++;
      const sessionId = `session-${n}`;
      const metadata = { user: { id: n % (size / RETURNED) === 0 ? 'me' : `user-${n}` } };
      await service.createSession({ sessionId, sessionType: 'AGENT', metadata });
      await append(sessionId, n, 1);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  for (let n = 0; n < size; n += BATCH) await append(LONG, n, Math.min(BATCH, size - n));
  // A place in the history behind which nothing but a turn follows.
  const { changes } = await store.history({ sessionId: LONG, after: FIRST, until: LAST, limit: ALL });
  const { position } = changes.at(-1);
  await append(LONG, size, RETURNED);
  return { service, store, append, size, position, close };
}

const [FIRST, LAST] = ['0'.repeat(16), '9'.repeat(16)];

function operationsOn({ service, store, append, size, position }) {
  const page = (window) => () =>
    service.loadAgents([{ sessionId: LONG, among: ['support'], windows: [window] }]);
  const list = (filter) => async () => {
    const { sessions } = await service.findSessions({
      filter,
      orderBy: { field: 'updatedAt', direction: 'desc' },
      limit: RETURNED,
      backward: false,
      after: null,
      before: null,
    });
    await service.loadAgents(
      sessions.map(({ sessionId }) => ({ sessionId, among: 'all', windows: [{ last: 1 }] })),
    );
  };
  return {
    'an append': (n) => append(LONG, n, 1),
    'a new session': (n) => append(`new-${n}-${performance.now()}`, n, 1),
    'a change of an agent': (n) => service.upsertAgent({ sessionId: LONG, agentId: 'support', state: { n } }),
    'the last messages': page({ last: RETURNED }),
    'messages in the middle': page({ first: RETURNED, after: size / 2 }),
    'the usage of a conversation': () => service.loadUsage([{ sessionId: LONG }]),
    'a page of sessions': list({}),
    'a page of one user': list({ metadata: [{ path: 'user.id', equals: 'me' }] }),
    'the history of a turn': () =>
      store.history({ sessionId: LONG, after: position, until: LAST, limit: RETURNED }),
  };
}
