import { afterAll, beforeAll } from 'vitest';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import type { OpenedStore } from '../../../src/stores/open-store.js';
import { anAgent } from './inputs.js';

/** An empty database, made for one group of sentences. */
export interface StoreUnderTest {
  /** A further instance on the same database, as another process would open it. */
  open(): Promise<OpenedStore>;
  /** Puts agents into a session, where one write for each would take long. */
  putAgents?(sessionId: string, agentIds: readonly string[]): Promise<void>;
  /** Removes the database; every instance is closed before. */
  teardown(): Promise<void>;
}

export type StoreSetup = () => Promise<StoreUnderTest>;

/** What the sentences of one group share: a database of their own, and ids that no two of them use. */
export interface Stage {
  readonly opened: OpenedStore;
  readonly store: SessionStore;
  /** A second instance on the database. */
  readonly neighbour: SessionStore;
  /** A third and further one, closed with the group at the latest. */
  open(): Promise<OpenedStore>;
  /** Puts agents into a session that is there. */
  putAgents(sessionId: string, agentIds: readonly string[]): Promise<void>;
  /** A session id that was not given before. */
  id(): string;
}

export function useStage(setup: StoreSetup): Stage {
  const instances: OpenedStore[] = [];
  let database: StoreUnderTest | undefined;
  let serial = 0;
  const open = async () => {
    if (!database) throw new Error('the stage is set before the first test, not while tests are collected');
    const instance = await database.open();
    instances.push(instance);
    return instance;
  };
  const instance = (index: number) => {
    const found = instances[index];
    if (!found) throw new Error('the stage is set before the first test, not while tests are collected');
    return found;
  };

  beforeAll(async () => {
    database = await setup();
    await open();
    await open();
  });
  afterAll(async () => {
    await Promise.all(instances.map((opened) => opened.close()));
    await database?.teardown();
  });

  return {
    get opened() {
      return instance(0);
    },
    get store() {
      return instance(0).sessions;
    },
    get neighbour() {
      return instance(1).sessions;
    },
    open,
    async putAgents(sessionId, agentIds) {
      if (database?.putAgents) return database.putAgents(sessionId, agentIds);
      await Promise.all(
        agentIds.map((agentId) => instance(0).sessions.upsertAgent(anAgent(sessionId, agentId))),
      );
    },
    id: () => `session-${++serial}`,
  };
}
