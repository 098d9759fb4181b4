import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { type Logger, pino } from 'pino';
import { ANYONE } from '../../../src/auth/authenticate.js';
import type { RequestContext } from '../../../src/graphql/context.js';
import type { OperationObserver } from '../../../src/graphql/observe-operations.js';
import { createConnections } from '../../../src/transport/bounds/connections.js';
import { createBodyRoom, createLargeBodies } from '../../../src/transport/bounds/large-bodies.js';
import { createWaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';
import { createHttpHandler, type HttpHandlerOptions } from '../../../src/transport/http.js';
import type { EventStreams } from '../../../src/transport/http-streams.js';
import { createHttpTurns } from '../../../src/transport/http-turns.js';
import { type Listening, listen } from './raw-request.js';

const UNOBSERVED: OperationObserver = {
  request: (_headers, run) => run(),
  event: (_event, run) => run(),
  ended() {},
};

/** The small schema has no subscription. */
const NO_STREAMS = {} as EventStreams;

export const LIMIT = 8_192;

const typeDefs = `#graphql
  type Query { hello(name: String = "world"): String!, slow: String! }
  type Mutation { shout(text: String!): String! }
`;

/** What was logged, one object a line. */
export type Lines = { level: number; msg: string; [key: string]: unknown }[];

export interface HttpServer extends Listening {
  graphql: string;
  log: Lines;
  /** Mutations that ran. */
  shouted: string[];
  /** Lets `slow` answer. */
  release(): void;
  /** Resolves when `slow` is being resolved. */
  waiting: Promise<void>;
  stop(): Promise<void>;
}

/** The HTTP transport before a small schema. */
export async function serveHello(
  given: Partial<HttpHandlerOptions> = {},
  apolloOptions: Partial<ApolloServerOptions<BaseContext>> = {},
): Promise<HttpServer> {
  const shouted: string[] = [];
  const lines: Lines = [];
  const gate = latch();
  const arrived = latch();
  const apollo = new ApolloServer({
    typeDefs,
    resolvers: {
      Query: {
        hello: (_: unknown, { name }: { name: string }) => `hello ${name}`,
        slow: async () => {
          arrived.open();
          await gate.opened;
          return 'at last';
        },
      },
      Mutation: {
        shout: (_: unknown, { text }: { text: string }) => {
          shouted.push(text);
          return text.toUpperCase();
        },
      },
    },
    csrfPrevention: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginCacheControlDisabled()],
    ...apolloOptions,
  } as ApolloServerOptions<BaseContext>);
  await apollo.start();
  const listening = await listen(
    createHttpHandler({
      turns: createHttpTurns(),
      apollo: apollo as unknown as ApolloServer<RequestContext>,
      plans: { ready: () => null },
      admit: async () => ({ caller: ANYONE, holds: async () => true }),
      now: () => 0,
      turn() {},
      makeContext: () =>
        ({
          share: 'anyone',
          begin: () => undefined,
          end: () => {},
          hold: async () => {},
          refused: () => {},
        }) as Partial<RequestContext> as RequestContext,
      streams: NO_STREAMS,
      bodies: {
        large: createLargeBodies({ hasOthers: () => false }),
        room: createBodyRoom(),
        arriving: createWaitingBytes({ together: 100 * LIMIT, ofCaller: 100 * LIMIT }),
      },
      connections: createConnections(1_000),
      answers: {
        waiting: createWaitingBytes({ together: 2 * LIMIT, ofCaller: 2 * LIMIT }),
        cutOff() {},
        stalledAfterMs: 10_000,
      },
      path: '/graphql',
      maxBodyBytes: LIMIT,
      trust: null,
      access: { loopback: true, allowedHosts: [], allowedOrigins: [], allowedHeaders: [] },
      health: () => ({ status: 'ok' }),
      readiness: async () => ({ ready: true, store: 'memory' }),
      metrics: null,
      console: null,
      refused: () => {},
      observer: UNOBSERVED,
      log: logInto(lines),
      ...given,
    }),
  );
  return {
    ...listening,
    graphql: `${listening.url}/graphql`,
    log: lines,
    shouted,
    release: gate.open,
    waiting: arrived.opened,
    async stop() {
      await listening.close();
      await apollo.stop();
    },
  };
}

function logInto(lines: Lines): Logger {
  return pino({ level: 'trace' }, { write: (line) => void lines.push(JSON.parse(line)) });
}

function latch(): { opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
