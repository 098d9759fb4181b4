import { SessionManager } from '../../src/index.js';
import { openDatabase } from '../../src/library/database.js';
import { startServer } from '../support/server.js';
import type { TestLocation } from './databases.js';

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
  const { options } = location;
  const database =
    'path' in options
      ? { sqlitePath: options.path }
      : 'connectionString' in options
        ? { mongodbUri: options.connectionString, mongodbDatabase: options.databaseName ?? '' }
        : {};
  const server = await startServer(database);
  const store = await openDatabase(options);
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
