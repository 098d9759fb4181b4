import { randomBytes, randomUUID } from 'node:crypto';
import { HeaderMap } from '@apollo/server';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { ANYONE } from '../../../src/auth/authenticate.js';
import { type ContextOptions, createContexts } from '../../../src/contexts.js';
import { isPromise } from '../../../src/domain/async/later.js';
import { ParleyError } from '../../../src/domain/errors.js';
import { createReadBudgets } from '../../../src/domain/fairness/read-budgets.js';
import { createRoom } from '../../../src/domain/fairness/room.js';
import { createSessionService } from '../../../src/domain/sessions/session-service.js';
import { wholeText } from '../../../src/graphql/answer-text.js';
import type { RequestContext } from '../../../src/graphql/context.js';
import { createMask } from '../../../src/graphql/errors.js';
import { createLoaders } from '../../../src/graphql/loading/loaders.js';
import { createPlans } from '../../../src/graphql/plan/plans.js';
import { createSchema } from '../../../src/graphql/schema.js';
import { createApolloServer } from '../../../src/graphql/server.js';
import { OBJECT_LIMITS, READ_LIMITS } from '../../../src/server-limits.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';

const MANY = '{ sessions(first: 50) { nodes { agents { agentId } } } }';
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** The first way through Apollo Server, and by the plan that is kept then. */
function stage(begin: RequestContext['begin']) {
  const store = openMemoryStore(emptyDatabase()).sessions;
  const service = createSessionService({ store, now: () => new Date(), randomBytes, newId: randomUUID });
  const [schema, mask] = [createSchema(), createMask(pino({ level: 'silent' }))];
  const plans = createPlans(schema, mask);
  const apollo = createApolloServer(schema, mask, {}, null, plans);
  const started = apollo.start();
  const contextValue = {
    begin,
    service,
    loaders: createLoaders({ service, replies: {} as RequestContext['replies'] }),
    caller: ANYONE,
    refused: () => {},
  } as Partial<RequestContext> as RequestContext;
  const ways = {
    async apollo() {
      await started;
      const headers = new HeaderMap([['content-type', 'application/json']]);
      const { body } = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: 'POST', headers, search: '', body: { query: MANY } },
        context: async () => contextValue,
      });
      return body.kind === 'complete' ? JSON.parse(body.string) : null;
    },
    async plan() {
      const ready = plans.ready({ query: MANY });
      if (!ready) throw new Error('there is no plan');
      return JSON.parse(wholeText((await ready.execute(contextValue)).json));
    },
  };
  return { ways };
}

describe('an operation', () => {
  it('begins when there is room for what it asks for, by a plan too', async () => {
    const asked: number[] = [];
    const begins: (() => void)[] = [];
    const { ways } = stage((objects) => {
      asked.push(objects);
      return new Promise((resolve) => begins.push(resolve));
    });
    for (const way of [ways.apollo, ways.plan]) {
      let answered = false;
      const answer = way().then((result) => {
        answered = true;
        return result;
      });
      while (begins.length === 0) await settled();
      expect(answered).toBe(false);
      begins.shift()?.();
      expect((await answer).data).toEqual({ sessions: { nodes: [] } });
    }
    expect(asked).toEqual([1_300, 1_300]);
  });

  it('is answered with what it is refused for', async () => {
    let refuses = false;
    const { ways } = stage(() => {
      if (refuses) return Promise.reject(new ParleyError('RATE_LIMITED', 'Too many.'));
    });
    await ways.apollo();
    refuses = true;
    for (const way of [ways.apollo, ways.plan]) {
      expect((await way()).errors).toMatchObject([
        { message: 'Too many.', extensions: { code: 'RATE_LIMITED' } },
      ]);
    }
  });
});

describe('the room for operations', () => {
  const contexts = () =>
    createContexts({
      reads: createReadBudgets({ ...READ_LIMITS, perOperation: 32 * 1024 * 1024 }),
      objects: createRoom(OBJECT_LIMITS.together, OBJECT_LIMITS.many),
      follow: { hub: {} },
    } as unknown as ContextOptions);

  it('is free for those that ask for little, and shared by those that ask for much', async () => {
    const makeContext = contexts();
    const open = Array.from({ length: 6 }, () => {
      const context = makeContext(ANYONE, '127.0.0.1');
      return { context, begun: context.begin(10_000) };
    });
    expect(open.map(({ begun }) => isPromise(begun))).toEqual([false, false, false, false, false, true]);
    expect(makeContext(ANYONE, '127.0.0.1').begin(1_500)).toBeUndefined();
    open[0]?.context.end();
    await open[5]?.begun;
  });

  it('is not waited for by one that has the turn of those that read much, as one that asks for very much has', async () => {
    const makeContext = contexts();
    const [first, second, third] = [1, 2, 3].map(() => makeContext(ANYONE, '127.0.0.1'));
    await first?.begin(50_000);
    expect(first?.begin(10_000)).toBeUndefined();
    let begun = false;
    const waits = Promise.resolve(second?.begin(10_001)).then(() => {
      begun = true;
    });
    expect(third?.begin(10_000)).toBeUndefined();
    await settled();
    expect(begun).toBe(false);
    first?.end();
    await waits;
  });
});
