import { readFileSync } from 'node:fs';
import { BSON } from 'mongodb';
import type { JsonObject } from '../../src/domain/json/json-value.js';

export interface RecordedMessage {
  message: { role: 'user' | 'assistant'; content: JsonObject[]; metadata?: JsonObject };
  redact_message: JsonObject | null;
  event_loop_metrics?: JsonObject;
}

/** A session as the Python library stored it, and what the model calls of each agent really cost. */
export interface RecordedSession {
  name: string;
  totalTokens: Record<string, number>;
  document: { _id: string; agents: Record<string, { messages: RecordedMessage[] }> };
}

const FOLDER = new URL('../fixtures/strands/', import.meta.url);

/** Written by mongodb-session-manager 0.9.1 with Strands 1.30 and 1.62, and a scripted model. `exact`: with BSON's own types. */
export function recordedSessions(exact = false): RecordedSession[] {
  return ['1.30', '1.62'].flatMap((version) => {
    const text = readFileSync(new URL(`python-0.9.1-strands-${version}.json`, FOLDER), 'utf8');
    const { cases } = BSON.EJSON.parse(text, { relaxed: !exact }) as {
      cases: Record<string, Omit<RecordedSession, 'name'>>;
    };
    return Object.entries(cases).map(([name, { totalTokens, document }]) => ({
      name: `${name}, Strands ${version}`,
      totalTokens: Object.fromEntries(
        Object.entries(totalTokens).map(([agentId, tokens]) => [agentId, Number(tokens)]),
      ),
      document,
    }));
  });
}
