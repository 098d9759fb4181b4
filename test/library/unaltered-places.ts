import { SessionManager } from '../../src/index.js';
import { type RunningServer, startServer } from '../support/server.js';
import type { TestLocation } from './databases.js';

/** One database with both ways in: GraphQL over HTTP, with bodies as text, and the library. */
export interface Places {
  server: RunningServer;
  library(sessionId: string): Promise<SessionManager>;
  /** Variables as JSON text, because `JSON.stringify` would round the very numbers. */
  post(query: string, variables: string): Promise<Answer>;
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
  const managers: SessionManager[] = [];
  return {
    server,
    async library(sessionId) {
      const manager = await SessionManager.open({ sessionId, ...options });
      managers.push(manager);
      return manager;
    },
    async post(query, variables) {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
      });
      return (await response.json()) as Answer;
    },
    async close() {
      await Promise.all(managers.map((manager) => manager.close()));
      await server.stop();
      await location.remove();
    },
  };
}
