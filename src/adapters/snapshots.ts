import type { JsonObject } from '../domain/json/json-value.js';
import type { AgentAddress, NewEntry } from './port.js';

/*
 * What the adapter of Strands asks of the place where agents keep themselves: bytes under whole keys (domain/sessions/snapshot-key.ts), and the messages
 * of the agents beside them. Two fulfil it: library-snapshots.ts over a database, client-snapshots.ts over a server, where each call is one request.
 * Every method rejects with a ParleyError.
 */

/** A message of an agent as the mirror looks at it. */
export interface ShownEntry {
  position: number;
  content: JsonObject[];
  redacted: boolean;
}

/** Of the agent's newest messages their identities, oldest first; null for one without. */
export type NewestEntry = Pick<ShownEntry, 'redacted'> & { clientId: string | null };

export type TrackedEntry = NewEntry & { trackingId?: string };

/** Up to 100 messages for the end of the agent's; those that it has under their `clientId` are not added again. */
export interface Append {
  agent: AgentAddress;
  entries: readonly TrackedEntry[];
}

/** How many of an agent's newest messages come with what it keeps. */
export const NEWEST = 200;
/** How many messages are looked for at once, at most. */
export const LOOKED_FOR = 50;

export interface SnapshotsPort {
  read(key: string): Promise<Uint8Array | null>;
  /** With the agent's newest messages, at most 200. */
  readWith(key: string, agent: AgentAddress): Promise<{ data: Uint8Array | null; newest: NewestEntry[] }>;
  /** What is shown can be restored: the messages are appended only behind what is kept, and where that failed not at all. */
  write(key: string, data: Uint8Array, append: Append | null): Promise<void>;
  append(append: Append): Promise<void>;
  /** Nothing happens where there is nothing. */
  delete(key: string): Promise<void>;
  /** The keys that begin with `prefix`, by code point. */
  list(prefix: string): Promise<string[]>;
  /** At most 50 messages, by their identities or their positions; null where the agent has none. */
  find(
    agent: AgentAddress,
    messages: readonly ({ clientId: string } | { position: number })[],
  ): Promise<(ShownEntry | null)[]>;
  /** Puts this in place of what the message says, which was found. Repeated with its key it has one effect. */
  redact(
    agent: AgentAddress,
    message: { clientId: string; position: number },
    replacement: Pick<NewEntry, 'role' | 'content'>,
    key: string,
  ): Promise<void>;
  /** Closes what was opened for the port. */
  close(): Promise<void>;
}
