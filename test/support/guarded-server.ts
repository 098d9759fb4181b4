import { createClient } from 'graphql-ws';
import { afterAll, beforeAll } from 'vitest';
import WebSocket from 'ws';
import { SCOPES, type Scope } from '../../src/domain/access/policy.js';
import { askAs, makeKey } from './access.js';
import { type RunningServer, startServer } from './server.js';

/** Of the last minutes, at most 200. `$who`: the id of the caller; absent: of all. */
export const REFUSALS =
  'query ($who: String) { auditLog(first: 200, callerId: $who) { nodes { callerName action sessionId outcome count } } }';

interface Refusal {
  action: string;
  sessionId: string | null;
  outcome: string;
  count: number;
}

/** A server that asks for credentials, for all tests of a file, with a key of each scope (`bearers`) and one of all (`everything`). */
export function guardedServer(start: () => Promise<RunningServer> = startServer) {
  let server: RunningServer;
  let everything = '';
  const bearers = {} as Record<Scope, string>;
  beforeAll(async () => {
    server = await start();
    for (const scope of SCOPES) bearers[scope] = (await makeKey(server.database, [scope])).bearer;
    everything = (await makeKey(server.database, SCOPES)).bearer;
  });
  afterAll(() => server.stop());

  const ask = (bearer: string | null, query: string, variables: object = {}) =>
    askAs(server.url, bearer, query, variables);

  /** The same over a WebSocket: the first result. */
  async function askLive(bearer: string, { document, variables }: { document: string; variables: object }) {
    const client = createClient({
      url: server.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization: bearer },
      retryAttempts: 0,
    });
    try {
      return await new Promise<{ errors?: { extensions: { code: string } }[] }>((resolve, reject) => {
        client.subscribe(
          { query: document, variables: variables as Record<string, unknown> },
          {
            next: (result) => resolve(result as never),
            error: (errors) => (Array.isArray(errors) ? resolve({ errors }) : reject(errors)),
            complete: () => {},
          },
        );
      });
    } finally {
      await client.dispose();
    }
  }

  return {
    get server() {
      return server;
    },
    get everything() {
      return everything;
    },
    bearers,
    ask,
    askLive,
    /** What the audit has of what was refused to this caller. */
    refusalsOf: async (who: string) =>
      (await ask(bearers.admin, REFUSALS, { who })).data.auditLog.nodes as Refusal[],
  };
}
