import type { World } from './world.js';

// biome-ignore lint/suspicious/noExplicitAny: the shape of an event is what the query asks for.
export type Event = any;

/** What of the session a reader follows. */
export interface Shown {
  replies(): boolean;
  isWanted(agentId: string): boolean;
}

/** What the database had when something was told. */
export interface Moment {
  createdAt: number | null;
  counts: ReadonlyMap<string, number>;
  /** Of the metadata. */
  changes: number;
}

export function momentOf({ database }: World): Moment {
  const stored = database.sessions.get('s');
  const createdAt = stored?.session.createdAt?.getTime() ?? null;
  const ofIt = database.log.filter((one) => one.sessionCreatedAt === createdAt);
  return {
    createdAt,
    counts: new Map([...(stored?.agents ?? [])].map(([agentId, { messages }]) => [agentId, messages.length])),
    changes: ofIt.filter(({ kind }) => kind === 'metadata-changed').length,
  };
}

/** What a reader is told, or not told, is wrong. */
export class Fault extends Error {}

export function fault(what: string): never {
  throw new Fault(what);
}
