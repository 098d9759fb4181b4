import { pino } from 'pino';
import { expect, it } from 'vitest';
import { type ErrorCode, ParleyError } from '../../../src/domain/errors.js';
import type { RequestContext } from '../../../src/graphql/context.js';
import { createMask } from '../../../src/graphql/errors.js';
import { createPlans } from '../../../src/graphql/plan/plans.js';
import { createSchema } from '../../../src/graphql/schema.js';
import { createApolloServer } from '../../../src/graphql/server.js';
import { serveHello } from './http-server.js';

const GRAPHQL = 'application/graphql-response+json';
const PLAIN = 'application/json';
const EVENTS = 'text/event-stream';

it.each<[ErrorCode, string, number, string]>([
  ['RATE_LIMITED', GRAPHQL, 429, GRAPHQL],
  ['RATE_LIMITED', PLAIN, 429, PLAIN],
  ['RATE_LIMITED', EVENTS, 429, PLAIN],
  ['TIMEOUT', GRAPHQL, 503, GRAPHQL],
  ['TIMEOUT', PLAIN, 503, PLAIN],
  ['TIMEOUT', EVENTS, 503, PLAIN],
  ['QUERY_TOO_COMPLEX', GRAPHQL, 400, GRAPHQL],
  ['QUERY_TOO_COMPLEX', PLAIN, 200, PLAIN],
  ['QUERY_TOO_COMPLEX', EVENTS, 200, EVENTS],
])(
  'an operation that may not begin for %s is answered in %s with %i, the first time and when it is known',
  async (code, accept, status, type) => {
    const [schema, mask] = [createSchema(), createMask(pino({ level: 'silent' }))];
    const plans = createPlans(schema, mask);
    const apollo = createApolloServer(schema, mask, {}, null, plans);
    await apollo.start();
    const told: unknown[] = [];
    const makeContext = () =>
      ({
        share: 'anyone',
        begin: () => Promise.reject(new ParleyError(code, 'Not now.')),
        end: () => {},
        hold: async () => {},
        refused: (errors: readonly unknown[]) => told.push(...errors),
      }) as Partial<RequestContext> as RequestContext;
    const server = await serveHello({ apollo, plans, makeContext });
    try {
      const seen: unknown[] = [];
      for (let time = 0; time < 3; time++) {
        const response = await fetch(server.graphql, {
          method: 'POST',
          headers: { accept, 'content-type': PLAIN },
          body: JSON.stringify({ query: '{ sessions { nodes { sessionId } } }' }),
        });
        expect(response.status).toBe(status);
        expect(response.headers.get('content-type')).toContain(type);
        expect(response.headers.get('retry-after')).toBe(status === 429 ? '1' : null);
        seen.push(await response.text());
      }
      expect(new Set(seen).size).toBe(1);
      const said = `{"errors":[{"message":"Not now.","extensions":{"code":"${code}"}}]}`;
      expect(seen[0]).toContain(said);
      expect(told).toHaveLength(3);
      expect(plans.ready({ query: '{ sessions { nodes { sessionId } } }' })).not.toBeNull();
    } finally {
      await server.stop();
      await apollo.stop();
    }
  },
);
