import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/domain/json/json-value.js';
import { canonicalJson } from '../../../src/domain/sessions/idempotency.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { emptyDatabase } from '../memory/database.js';
import { openMemoryStore } from '../memory/open-memory-store.js';
import { brief, type Feed, follow } from './feed.js';
import * as inputs from './inputs.js';
import { expectJson } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const METHODS = [
  ...[
    'appendMessages',
    'appendMessages',
    'appendMessages',
    'appendMessages',
    'changeMetadata',
    'changeMetadata',
  ],
  ...['createSession', 'deleteSession', 'upsertAgent', 'recordMetrics', 'redactMessage', 'addFeedback'],
] as (keyof SessionStore)[];

const ANSWER = { role: 'assistant' as const, content: [{ text: 'z' }] };
const PAID = { ...ANSWER, metadata: { usage: { inputTokens: 1, outputTokens: 2 } } };

/** One write of any kind; so few names and keys that writes are repeated and come into conflict. */
const writeArbitrary = fc.record({
  method: fc.constantFrom(...METHODS),
  session: fc.constantFrom('s' as const, 's' as const, 't' as const),
  agentId: fc.constantFrom('10', '2', '__proto__'),
  when: fc.record({ key: fc.constantFrom('k', 'l', 'm'), now: fc.nat({ max: 9 }).map(inputs.at) }),
  createIfMissing: fc.boolean(),
  said: fc.array(fc.constantFrom<inputs.Said[]>('x', 'y', ANSWER, PAID), { minLength: 1, maxLength: 3 }),
  counter: fc.record({ tokens: fc.nat({ max: 5 }), cycles: fc.option(fc.nat({ max: 3 })) }),
  role: fc.constantFrom('user' as const, 'assistant' as const),
  message: fc.oneof(
    fc.nat({ max: 3 }).map((position) => ({ position })),
    fc.nat({ max: 3 }).map((messageId) => ({ messageId })),
  ),
  fields: fc.constantFrom(
    { state: { a: 1 } },
    { state: { b: 2 }, model: 'm' },
    { model: null },
    { systemPrompt: 's' },
  ),
  path: fc.constantFrom('a', 'b', 'a.b', 'a.0', 'a.b.c'),
  value: fc.constantFrom<(JsonValue | undefined)[]>(1, 'text', null, { b: 1 }, ['e', { c: 2 }], undefined),
  rating: fc.constantFrom('up' as const, null),
});

type Write = typeof writeArbitrary extends fc.Arbitrary<infer T> ? T : never;

function perform(store: SessionStore, sessionId: string, write: Write): Promise<unknown> {
  const { agentId, when, said, message, path, value } = write;
  const address = { sessionId, agentId, ...message };
  switch (write.method) {
    case 'createSession':
      return store.createSession(inputs.aSession(sessionId, when));
    case 'deleteSession':
      return store.deleteSession(sessionId, when.now);
    case 'upsertAgent':
      return store.upsertAgent(inputs.anAgent(sessionId, agentId, { ...write.fields, ...when }));
    case 'appendMessages': {
      // Fewer messages with a used key may be refused or taken for a repetition: here the key says how many.
      const options = { ...when, key: `${when.key}${said.length}` };
      const create = write.createIfMissing ? { createIfMissing: {} } : {};
      return store.appendMessages(inputs.anAppend(sessionId, agentId, said, { ...options, ...create }));
    }
    case 'recordMetrics': {
      const { tokens, cycles } = write.counter;
      const metrics = {
        ...(tokens === 0 ? {} : { accumulated_usage: { totalTokens: tokens } }),
        cycle_metrics: { cycle_count: cycles },
      };
      return store.recordMetrics(inputs.someMetrics(address, metrics, when));
    }
    case 'redactMessage':
      return store.redactMessage(inputs.aRedaction(address, '-', { ...when, role: write.role }));
    case 'changeMetadata': {
      const change = value === undefined ? { unset: [path] } : { set: [[path, value] as const] };
      return store.changeMetadata(inputs.aMetadataChange(sessionId, { ...change, ...when }));
    }
    default:
      return store.addFeedback(inputs.aFeedback(sessionId, write.rating, when));
  }
}

const outcomeOf = (answer: Promise<unknown>): Promise<unknown> =>
  answer.then(
    (value) => ({ value: value ?? null }),
    ({ code }: { code?: string }) => ({ code }),
  );

const isConflict = (outcome: unknown) => (outcome as { code?: string }).code === 'IDEMPOTENCY_CONFLICT';
const isRefusal = (outcome: unknown) => (outcome as { code?: string }).code !== undefined;

/** A store may keep a message's identity elsewhere. */
const unidentified = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner) => (key === 'storageId' ? undefined : inner)));

async function everything(store: SessionStore, ids: string[]) {
  const windows = [{ first: 1000 }, { last: 2 }];
  const agents = await store.loadAgents(ids.map((sessionId) => ({ sessionId, among: 'all', windows })));
  const requests = agents
    .flat()
    .flatMap(({ agent: { sessionId, agentId }, pages }) => [
      { sessionId },
      { sessionId, agentId },
      ...(pages[0]?.messages ?? []).map(({ position }) => ({ sessionId, agentId, position })),
    ]);
  return { sessions: await store.loadSessions(ids), agents, usage: await store.loadUsage(requests) };
}

async function toldOf(feed: Feed, ids: string[]): Promise<string[]> {
  const changes = await feed.of(...ids);
  return changes
    .filter(({ kind }) => kind !== 'agent-updated' && kind !== 'session-changed')
    .map((change) => `${brief(change)};`);
}

/** Plays the writes on both; then everything reads alike, and what was told of is the same. */
async function compare(writes: Write[], ids: { s: string; t: string }, stores: Compared): Promise<void> {
  const [one, both] = [stores.real, Object.values(ids)];
  let told = '';
  let hours = 0;
  for (const [index, planned] of writes.entries()) {
    const sessionId = ids[planned.session];
    // A session made anew is later than its namesake, as it is in life: stores tell the two apart by that.
    if (planned.method === 'deleteSession') hours++;
    const now = new Date(planned.when.now.getTime() + hours * 3_600_000);
    const write = { ...planned, when: { ...planned.when, now } };
    const before = [
      canonicalJson(await everything(stores.model, both)),
      await toldOf(stores.modelFeed, both),
    ] as const;
    const real = await outcomeOf(perform(one[index % one.length] as SessionStore, sessionId, write));
    const expected = await outcomeOf(perform(stores.model, sessionId, write));
    // A used key and a missing thing may both be wrong with a write: either may be said.
    const either = isRefusal(real) && isRefusal(expected) && (isConflict(real) || isConflict(expected));
    if (!either) expectJson(unidentified(real), unidentified(expected));
    // A write that leaves everything as it was may be told of or not.
    const changed = canonicalJson(await everything(stores.model, both)) !== before[0];
    const since = (await toldOf(stores.modelFeed, both)).slice(before[1].length).join('');
    told += changed ? since : `(?:${since})?`;
  }
  const stored = await everything(one[0] as SessionStore, both);
  expectJson(unidentified(stored), unidentified(await everything(stores.model, both)));
  expect((await toldOf(stores.feed, both)).join('')).toMatch(new RegExp(`^${told}$`));
}

interface Compared {
  /** Instances on one database, which take turns. */
  real: SessionStore[];
  feed: Feed;
  model: SessionStore;
  modelFeed: Feed;
}

export function randomWriteSentences(setup: StoreSetup): void {
  describe('any sequence of writes', () => {
    const stage = useStage(setup);

    it('is answered, stored and told of as by the model, on whichever instance each is made', async () => {
      const model = openMemoryStore(emptyDatabase()).sessions;
      const real = [stage.store, stage.neighbour];
      const stores = { real, feed: await follow(stage.store), model, modelFeed: await follow(model) };
      let run = 0;
      const sequence = fc.array(writeArbitrary, { minLength: 4, maxLength: 16, size: 'max' });
      await fc.assert(
        fc.asyncProperty(sequence, (writes) => {
          run++;
          return compare(writes, { s: `run-${run}-s`, t: `run-${run}-t` }, stores);
        }),
        { numRuns: 60, seed: 23 },
      );
    });
  });
}
