import { SessionManager } from '../../src/index.js';
import { openDatabase } from '../../src/library/database.js';
import type { TestLocation } from '../support/locations.js';
import { startServer } from '../support/server.js';

/** One database with both ways in: GraphQL over HTTP, with bodies as text, and the library. */
export interface Places {
  /** Closing it leaves the database open. */
  library(sessionId: string): Promise<SessionManager>;
  /** Variables as JSON text, because `JSON.stringify` would round the very numbers. */
  post(query: string, variables: string): Promise<Answer>;
  postForText(query: string, variables: string): Promise<string>;
  close(): Promise<void>;
}

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what each test asks for.
  data?: any;
  errors?: { message: string; extensions: { code: string } }[];
}

export async function openPlaces(location: TestLocation): Promise<Places> {
  const server = await startServer(location.config);
  const store = await openDatabase(location.options);
  const postForText = async (query: string, variables: string) => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
    });
    return response.text();
  };
  return {
    library: (sessionId) => SessionManager.open({ sessionId, store }),
    post: async (query, variables) => JSON.parse(await postForText(query, variables)) as Answer,
    postForText,
    async close() {
      await store.close();
      await server.stop();
      await location.remove();
    },
  };
}
