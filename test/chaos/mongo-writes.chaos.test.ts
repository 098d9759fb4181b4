import { expect, it, onTestFinished } from 'vitest';
import { pause } from '../../src/domain/async/pause.js';
import { ParleyError } from '../../src/domain/errors.js';
import type { Change } from '../../src/domain/sessions/session-store.js';
import {
  aFeedback,
  anAgent,
  anAppend,
  anEnd,
  aReply,
  setting,
  someMetrics,
  someParts,
} from '../stores/contract/inputs.js';
import { readMessages, readSession, textOf } from '../stores/contract/reads.js';
import { startTestDatabase } from '../stores/mongo/server.js';
import { chaosSeed } from '../support/chaos/seed.js';
import type { MongoStandIn } from '../support/mongo-stand-in/start.js';
import { runningHub } from '../support/running-hub.js';
import { type SeededRandom, seededRandom } from '../support/seeded-random.js';

console.log(`chaos: CHAOS_SEED=${chaosSeed}`);

const never = new AbortController().signal;
const WRITES = ['insert', 'update', 'findAndModify', 'delete'];
const READS = ['getMore', 'aggregate', 'find'];
const LOST = { closeConnection: true, afterApply: true };
const UNCONFIRMED = [
  { code: 64, codeName: 'WriteConcernFailed', errmsg: 'waiting for replication timed out' },
  { code: 91, codeName: 'ShutdownInProgress', errmsg: 'the server is in quiesce mode' },
  { code: 11602, codeName: 'InterruptedDueToReplStateChange', errmsg: 'operation was interrupted' },
];

/** As a caller does: again, with the same key, until it is answered. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const passing = error instanceof ParleyError && /STORE_UNAVAILABLE|TIMEOUT/.test(error.code);
      if (!passing || failures === 100) throw error;
      await pause(20, never);
    }
  }
}

/** One thing after the other goes wrong, until `end` aborts: answers lost, writes that no majority confirms, elections, what one server alone had. */
async function trouble(standIn: MongoStandIn, random: SeededRandom, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    await pause(random.between(60, 180), end);
    standIn.clearFaults();
    const times = random.between(1, 3);
    const command = WRITES;
    const errorLabels = random.pick([[], ['RetryableWriteError']]);
    await random.pick([
      () => standIn.fail({ command, ...LOST }, times),
      () => standIn.fail({ command, closeConnection: true }, times),
      () => standIn.fail({ command, errorLabels, writeConcernError: random.pick(UNCONFIRMED) }, times),
      () => standIn.fail({ command, errorLabels, code: random.pick([10107, 11600, 189]) }, times),
      () => standIn.fail({ command, errorLabels, code: random.pick([11602, 91]), afterApply: true }, times),
      () => standIn.fail({ command: READS, ...LOST }, times),
      () => standIn.stepDown(),
      () => standIn.dropConnections(),
      async () => {
        standIn.isolatePrimary();
        await pause(10, never);
        const killed = await standIn.killPrimary();
        await pause(50, never);
        await standIn.startMember(killed);
      },
    ])();
  }
  standIn.clearFaults();
}

it('every write has one effect through lost answers, elections and writes that are rolled back, and is told', async () => {
  const database = await startTestDatabase({ members: 3, electionMs: 30 });
  onTestFinished(() => database.drop());
  const standIn = database.server.standIn as MongoStandIn;
  const opened = [await database.open(), await database.open()] as const;
  const [{ sessions }] = opened;
  const hub = await runningHub(sessions, { queueLimit: 100_000 });
  onTestFinished(() => hub.close());
  const following = hub.follow('s', () => {});
  await sessions.appendMessages(anAppend('s', 'a', ['first'], { createIfMissing: {} }));
  const made = {
    texts: ['first'],
    replies: [] as string[],
    feedback: [] as string[],
    metadata: [] as string[],
  };

  async function reply(replies: (typeof opened)[number]['replies'], id: string): Promise<void> {
    const start = aReply('s', 'r', id, { createIfMissing: {} });
    const { epoch } = await patiently(() => replies.start(start));
    for (const [offset, piece] of [
      [0, 'one '],
      [4, 'two '],
    ] as const) {
      // One whose answer was lost is there already.
      const [answer] = await patiently(() =>
        replies.append([{ replyId: id, epoch, offset, parts: someParts(piece) }]),
      );
      expect(answer?.reply?.offset).toBe(offset + piece.length);
    }
    const end = anEnd(id, `reply ${id}`);
    expect(await patiently(() => replies.end(end))).toMatchObject({ ended: true });
    made.replies.push(`reply ${id}`);
  }
  const write = async (writer: number) => {
    const { sessions, replies } = opened[writer % 2] as (typeof opened)[number];
    for (let n = 0; n < 15; n++) {
      const id = `${writer}_${n}`;
      const append = anAppend('s', writer % 2 ? 'a' : 'b', [id], { createIfMissing: {} });
      await patiently(() => sessions.appendMessages(append));
      made.texts.push(id);
      const feedback = aFeedback('s', 'up', { comment: id });
      await patiently(() => sessions.addFeedback(feedback));
      made.feedback.push(id);
      const metadata = setting('s', { [id]: n });
      await patiently(() => sessions.changeMetadata(metadata));
      made.metadata.push(id);
      const agent = anAgent('s', `own ${writer}`, { state: { n } });
      await patiently(() => sessions.upsertAgent(agent));
      const metrics = someMetrics({ sessionId: 's', agentId: 'a', position: 0 }, { custom: n });
      await patiently(() => sessions.recordMetrics(metrics));
      await reply(replies, id);
    }
  };
  const end = new AbortController();
  const troubling = trouble(standIn, seededRandom(chaosSeed), end.signal);
  await Promise.all([0, 1, 2, 3].map(write)).finally(() => end.abort());
  await troubling;

  const session = await patiently(() => readSession(sessions, 's'));
  expect(session?.feedback.map(({ comment }) => comment).sort()).toEqual(made.feedback.sort());
  expect(Object.keys(session?.metadata ?? {}).sort()).toEqual(made.metadata.sort());
  const [a, b, r] = await Promise.all(['a', 'b', 'r'].map((id) => readMessages(sessions, 's', id)));
  expect([...(a ?? []), ...(b ?? [])].map(textOf).sort()).toEqual(made.texts.sort());
  expect((r ?? []).map(textOf).sort()).toEqual(made.replies.sort());
  await patiently(() => sessions.appendMessages(anAppend('s', 'last', ['x'], { createIfMissing: {} })));
  const told: Change[] = [];
  const isLast = (change: Change) => change.kind === 'message-added' && change.agentId === 'last';
  while (!told.some(isLast)) {
    const items = await following.take();
    if (items.length === 0) throw new Error('the feed ended before it came');
    for (const item of items) if (item.type === 'change') told.push(item.change);
    expect(items.map(({ type }) => type)).not.toContain('lost');
  }
  for (const [agentId, messages] of Object.entries({ a, b, r })) {
    const numbers = (messages ?? []).map((_, index) => index);
    expect(messages?.map(({ messageId }) => messageId)).toEqual(numbers);
    const added = told.flatMap((change) =>
      change.kind === 'message-added' && change.agentId === agentId ? [change.index] : [],
    );
    expect(added).toEqual(numbers);
  }
  expect(told.filter(({ kind }) => kind === 'feedback-added')).toHaveLength(made.feedback.length);
});
