import { Decimal128, Double, Int32, Long } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { type RecordedSession, recordedSessions } from '../../support/recorded-strands.js';
import { aRedaction, at } from '../contract/inputs.js';
import { readMessages, usageIn } from '../contract/reads.js';
import { costsOf } from '../memory/costs.js';
import { pythonAgent, pythonMessage, pythonSession } from './python-documents.js';
import { startTestDatabase, type TestDatabase } from './server.js';

describe.each(['4.4', '8.0'] as const)('usage in the documents of Python, dialect %s', (dialect) => {
  let database: TestDatabase;
  let store: SessionStore;
  let serial = 0;

  beforeAll(async () => {
    database = await startTestDatabase({ dialect });
    store = (await database.open()).sessions;
  });
  afterAll(() => database.drop());

  async function insert(document: object): Promise<string> {
    const sessionId = `s${++serial}`;
    await database.sessions.insertOne({ ...document, _id: sessionId });
    return sessionId;
  }
  /** The total of each agent, and that its messages add up to it. */
  async function totals(sessionId: string, { totalTokens }: RecordedSession) {
    const found: Record<string, number | null | undefined> = {};
    for (const agentId of Object.keys(totalTokens)) {
      const agent = { sessionId, agentId };
      const messages = await readMessages(store, sessionId, agentId);
      const costs = await store.loadUsage(messages.map(({ position }) => ({ ...agent, position })));
      expect(costs).toEqual(costsOf(messages).costs);
      found[agentId] = (await usageIn(store, agent))?.totalTokens;
      expect(costs.reduce((sum, cost) => sum + (cost?.totalTokens ?? 0), 0)).toBe(found[agentId]);
    }
    const spent = Object.values(totalTokens).reduce((sum, tokens) => sum + tokens, 0);
    expect(await usageIn(store, { sessionId })).toMatchObject({ totalTokens: spent });
    return found;
  }

  it.each(recordedSessions(true).map((session) => [session.name, session] as const))(
    'is what was spent, before and after every message is redacted: %s',
    async (_name, session) => {
      const sessionId = await insert(session.document);
      expect(await totals(sessionId, session)).toEqual(session.totalTokens);
      for (const [agentId, { messages }] of Object.entries(session.document.agents)) {
        for (const [position, { message }] of messages.entries()) {
          const { role } = message;
          await store.redactMessage(aRedaction({ sessionId, agentId, position }, '-', { role, now: at(9) }));
        }
      }
      expect(await totals(sessionId, session)).toEqual(session.totalTokens);
    },
  );

  it('of any number type counts what is a whole number, and passes over everything else', async () => {
    const odd = [
      Long.fromString('9223372036854775807'),
      new Double(Number.NaN),
      new Double(Number.POSITIVE_INFINITY),
      new Double(-0),
      new Double(0.5),
      new Int32(-1),
      Decimal128.fromString('7'),
      '7',
      null,
      [new Int32(7)],
      { n: new Int32(7) },
      new Date(7),
    ];
    const good = [new Int32(1), new Double(2), Long.fromNumber(3)];
    const spent = (totalTokens: unknown) => ({
      message: { role: 'assistant', content: [{ text: 'x' }], metadata: { usage: { totalTokens } } },
    });
    const counted = (totalTokens: unknown) => ({
      message: { role: 'assistant', content: [{ text: 'x' }] },
      event_loop_metrics: { accumulated_usage: { totalTokens }, cycle_metrics: { cycle_count: totalTokens } },
    });
    const values = [...odd, ...good, ...odd, new Int32(10)];
    const messages = [...values.map(spent), ...values.map(counted)].map((more, index) =>
      pythonMessage(index, 'x', more),
    );
    const sessionId = await insert(pythonSession('', { agents: { a: pythonAgent('a', messages) } }));
    const read = await readMessages(store, sessionId, 'a');
    const wanted = read.map(({ position }) => ({ sessionId, agentId: 'a', position }));
    expect(await store.loadUsage(wanted)).toEqual(costsOf(read).costs);
    // 16 of the calls; the counter rose to 3, and from the zero that follows to 10.
    expect(await usageIn(store, { sessionId })).toMatchObject({ totalTokens: 16 + 13 });
  });

  it('of old flat messages and damaged ones is read like that of others', async () => {
    const usage = (totalTokens: number) => ({ event_loop_metrics: { accumulated_usage: { totalTokens } } });
    const messages = [
      { role: 'assistant', content: 'flat', ...usage(5) },
      { role: 'user', content: 'flat' },
      { role: 'assistant', content: 'flat', ...usage(9) },
      null,
      'x',
      { message: 5, event_loop_metrics: 'x' },
      { message: { metadata: [{ usage: { totalTokens: 1 } }] } },
      { message: { metadata: { usage: [{ totalTokens: 1 }] } } },
      { event_loop_metrics: { accumulated_usage: [] } },
    ];
    const agents = { a: pythonAgent('a', messages as []), b: 'x', c: { messages: 'x' } };
    const sessionId = await insert(pythonSession('', { agents }));
    const requests = [{ sessionId }, { sessionId, agentId: 'b' }, { sessionId, agentId: 'c' }];
    const usages = await store.loadUsage(requests);
    expect(usages.map((one) => one?.totalTokens)).toEqual([9, 0, 0]);
    expect(await usageIn(store, { sessionId: await insert({ agents: 'x' }) })).toMatchObject({
      totalTokens: 0,
    });
  });
});
