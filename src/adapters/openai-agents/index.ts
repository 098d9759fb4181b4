import type { AgentInputItem, RunContext, Session } from '@openai/agents';
import { badInput } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json/json-value.js';
import { authorOf } from '../../domain/sessions/author.js';
import { type Form, itemOf, toEntry } from '../envelope.js';
import { createHistory } from '../history.js';
import { type AgentPlace, addressOf, described, openPort } from '../place.js';
import { itemsFromBlocks } from './from-blocks.js';
import { showItem } from './items.js';
import { createSpeakers, type Spoken } from './speakers.js';
import { applyTransaction, type Mutation, mutated, type Transaction } from './transaction.js';
import { createUsageCounts } from './usage.js';

export type { ErrorCode } from '../../domain/errors.js';
export { ParleyError } from '../../domain/errors.js';
export type { AgentPlace, Place } from '../place.js';

const FORM: Form = { name: 'openai-agents', version: 1 };
const ALL = Number.POSITIVE_INFINITY;

/**
 * A `Session` of `@openai/agents`: give it to `run`. Nothing is rewritten: what it takes away stays to be seen by people. Every method rejects
 * with a ParleyError; what cannot be kept is BAD_USER_INPUT, with its path, before anything is written.
 */
export interface OpenAIAgentsSession extends Session {
  readonly acceptsRunContext: true;
  getItems(limit?: number, runContext?: RunContext<unknown>): Promise<AgentInputItem[]>;
  /** All items or none. */
  addItems(items: AgentInputItem[], runContext?: RunContext<unknown>): Promise<void>;
  popItem(): Promise<AgentInputItem | undefined>;
  clearSession(): Promise<void>;
  /** What others have added since this session last read follows the replacement. */
  replaceHistoryWithCompaction(items: AgentInputItem[]): Promise<void>;
  applyHistoryMutations(args: { mutations: Mutation[] }): Promise<void>;
  /** Once for each `operationId`, for good. IDEMPOTENCY_CONFLICT for another transaction under it, BAD_USER_INPUT for a suffix that is none. */
  applyHistoryTransaction(args: { operationId: string; transaction: Transaction }): Promise<void>;
  /** Closes the database that was opened for it. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

function checkItems(given: unknown, name: string): void {
  if (!Array.isArray(given)) throw badInput(`${name} must be a list.`);
}

/** Opens the place. The session and its agent are made by the first write. */
export async function openSession(options: AgentPlace): Promise<OpenAIAgentsSession> {
  const agent = addressOf(options);
  const port = described(await openPort(options), options);
  const costs = createUsageCounts();
  const speakers = createSpeakers();
  const toEntries = (spoken: readonly Spoken[], usage: readonly (JsonObject | null)[] = []) =>
    spoken.map(({ item, author }, index) =>
      toEntry(FORM, item, `items[${index}]`, (plain) => ({
        author,
        ...showItem(plain),
        usage: usage[index],
      })),
    );
  const history = createHistory<AgentInputItem>(port, agent, {
    toEntries: (items) => toEntries(speakers.of(items).spoken),
    itemsOf(entry) {
      const kept = itemOf(FORM, entry);
      if (!kept) return itemsFromBlocks(entry);
      const item = kept.item as AgentInputItem;
      speakers.read(item, authorOf(entry.metadata));
      return [item];
    },
  });

  return {
    acceptsRunContext: true,
    getSessionId: async () => agent.sessionId,
    async getItems(limit, runContext) {
      costs.begin(runContext);
      return history.read(limit);
    },
    async addItems(items, runContext) {
      checkItems(items, 'items');
      const { spoken, added } = speakers.of(items, runContext);
      await history.append(toEntries(spoken, costs.of(items, runContext)));
      added();
    },
    async popItem() {
      let popped: AgentInputItem | undefined;
      await history.rewrite(1, (items) => {
        popped = items.at(-1);
        return items.slice(0, -1);
      });
      return popped;
    },
    clearSession: () => history.rewrite(ALL, () => []),
    // What others have added meanwhile is no part of what was summed up.
    async replaceHistoryWithCompaction(replacement) {
      checkItems(replacement, 'items');
      return history.rewrite(ALL, (items, known) => [
        ...replacement,
        ...items.filter((_, index) => !known[index]),
      ]);
    },
    async applyHistoryMutations({ mutations }) {
      checkItems(mutations, 'mutations');
      return history.rewrite(ALL, (items) => mutations.reduce(mutated, items));
    },
    applyHistoryTransaction: ({ operationId, transaction }) =>
      applyTransaction(history, (clientId) => port.find(agent, clientId), operationId, transaction),
    close: () => port.close(),
    [Symbol.asyncDispose]: () => port.close(),
  };
}
