import { type Audit, serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpServer, serveHello } from './http-server.js';

let server: HttpServer;
beforeAll(async () => {
  server = await serveHello();
});
afterAll(() => server.stop());

const CSRF = 'a GET without a content-type or a header of its own could be sent by any web page';
const ALWAYS_400 = 'Apollo Server answers 400 whatever the accept header says';
/** The audits that do not pass, none of them a MUST, and why. */
const CHOSEN_OTHERWISE: Readonly<Record<string, string>> = {
  '5A70': CSRF,
  D6D5: CSRF,
  '6A70': CSRF,
  '572B': ALWAYS_400,
  FDE2: ALWAYS_400,
  '7B9B': ALWAYS_400,
};

const audits: Audit[] = serverAudits({ url: () => server.graphql });

describe('GraphQL over HTTP', () => {
  it.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (name, audit) => {
    const result = await audit.fn();
    if (audit.id in CHOSEN_OTHERWISE) {
      expect(name).not.toMatch(/^MUST/);
      expect(result.status).not.toBe('ok');
    } else {
      expect(result).toEqual(expect.objectContaining({ status: 'ok' }));
    }
  });
});
