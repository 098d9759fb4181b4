import { randomBytes, randomUUID } from 'node:crypto';
import type { FormattedExecutionResult } from 'graphql';
import { pino } from 'pino';
import { ANYONE } from '../../../src/auth/authenticate.js';
import { createSlowReader } from '../../../src/domain/live/follow.js';
import { createSessionService, type SessionService } from '../../../src/domain/sessions/session-service.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { wholeText } from '../../../src/graphql/answer-text.js';
import type { RequestContext } from '../../../src/graphql/context.js';
import { createCursorCodec } from '../../../src/graphql/cursor.js';
import { createMask } from '../../../src/graphql/errors.js';
import { createLoaders } from '../../../src/graphql/loading/loaders.js';
import { createSchema } from '../../../src/graphql/schema.js';
import { createApolloServer } from '../../../src/graphql/server.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import { plansOfTests } from '../../support/execution.js';

export type Lines = { level: number; msg: string; [key: string]: unknown }[];

export interface Stage {
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what each test asks for.
  run(query: string, variables?: Record<string, unknown>): Promise<FormattedExecutionResult<any>>;
  service: SessionService;
  store: SessionStore;
  /** The store's methods that were called since `forget`, in order. */
  calls: string[];
  /** What was logged. */
  lines: Lines;
}

const NO_REPLIES = {
  sessionOfReply: async () => null,
  findReply: async () => null,
  listReplies: async (requests: readonly unknown[]) => requests.map(() => []),
} as unknown as RequestContext['replies'];

/** The GraphQL layer over the model of a store, without a transport. */
export function createStage(): Stage {
  const calls: string[] = [];
  const lines: Lines = [];
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const store = counting(openMemoryStore(emptyDatabase()).sessions, calls);
  const service = createSessionService({ store, now: () => new Date(), randomBytes, newId: randomUUID });
  const [schema, mask] = [createSchema(), createMask(log)];
  const apollo = createApolloServer(schema, mask);
  const plans = plansOfTests().plans?.(schema, mask);
  const makeContext = (): RequestContext => ({
    begin: () => undefined,
    service,
    replies: NO_REPLIES,
    snapshots: {} as RequestContext['snapshots'],
    loaders: createLoaders({ service, replies: NO_REPLIES }),
    cursors: createCursorCodec(Buffer.alloc(32, 7)),
    live: {} as RequestContext['live'],
    caller: ANYONE,
    audit: openMemoryStore(emptyDatabase()).audit,
    webhooks: openMemoryStore(emptyDatabase()).webhooks,
    now: () => new Date(),
    audited: async (_action, _sessionId, run) => run(),
    refused: () => {},
    signSessionToken: async () => 'pst_token',
    reader: createSlowReader(),
    handOver: null,
    goOn: null,
    end: () => {},
    hold: async () => {},
    carryOut: async () => {},
    share: 'anyone',
    status: () => Promise.reject(new Error('there is no server')),
    log,
  });
  return {
    calls,
    lines,
    store,
    service,
    async run(query, variables = {}) {
      const ready = plans?.ready({ query, variables });
      if (ready) return JSON.parse(wholeText((await ready.execute(makeContext())).json));
      const { body } = await apollo.executeOperation({ query, variables }, { contextValue: makeContext() });
      if (body.kind !== 'single') throw new Error('the answer came in parts');
      // As it is sent: null prototypes and dates do not survive.
      return JSON.parse(JSON.stringify(body.singleResult));
    },
  };
}

function counting(store: SessionStore, calls: string[]): SessionStore {
  return new Proxy(store, {
    get(target, name: keyof SessionStore & string) {
      const method = target[name];
      return (...args: never[]) => {
        calls.push(name);
        return (method as (...args: never[]) => unknown).apply(target, args);
      };
    },
  });
}
