import { type Audit, serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpServer, serveHello } from './http-server.js';

let server: HttpServer;
beforeAll(async () => {
  server = await serveHello();
});
afterAll(() => server.stop());

const audits: Audit[] = serverAudits({ url: () => server.graphql });

describe('GraphQL over HTTP', () => {
  it.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (_name, audit) => {
    expect(await audit.fn()).toEqual(expect.objectContaining({ status: 'ok' }));
  });

  it('is asked everything that its reference asks', () => {
    expect(audits).toHaveLength(61);
  });
});
