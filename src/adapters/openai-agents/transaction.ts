import type { AgentInputItem } from '@openai/agents';
import { badInput, ParleyError } from '../../domain/errors.js';
import { isJsonObject } from '../../domain/json/json-value.js';
import { sha256 } from '../../domain/sessions/idempotency.js';
import type { History, Identity } from '../history.js';
import { isSame, toPlain } from '../plain.js';
import type { Entry } from '../port.js';

type Item = AgentInputItem;

// The SDK names these in its newest versions alone.
export type Transaction =
  | { type: 'append_items'; items: Item[] }
  | { type: 'replace_suffix'; expectedSuffix: Item[]; replacement: Item[] };
export interface Mutation {
  type: 'replace_function_call';
  callId: string;
  replacement: Extract<Item, { type: 'function_call' }>;
}

/**
 * One change of the SDK's, made once however often it is asked for under its id: the id is the `clientId` of the last entry that the change
 * writes, with a digest of what was asked for beside it. `find`: the entry with a `clientId`.
 */
export async function applyTransaction(
  history: History<Item>,
  find: (clientId: string) => Promise<Entry | null>,
  operationId: string,
  transaction: Transaction,
): Promise<void> {
  if (typeof operationId !== 'string' || operationId.trim() === '')
    throw badInput('operationId must be a text that is not blank.');
  const digest = sha256(toPlain(transaction, 'transaction'));
  const clientId = `openai-agents ${sha256(operationId)}`;
  const identity: Identity = {
    key: clientId,
    clientId,
    mark: ({ metadata, ...entry }) => ({ ...entry, metadata: { ...metadata, operation: digest } }),
  };
  if (isDone(await find(clientId), digest)) return;
  try {
    await history.rewrite(leastOf(transaction), (items) => applied(items, transaction), identity);
  } catch (error) {
    // Another process was first with the same: the write was a repetition, or the history was as it has left it.
    const maybe = error instanceof ParleyError && /^(IDEMPOTENCY_CONFLICT|BAD_USER_INPUT)$/.test(error.code);
    if (!maybe || !isDone(await find(clientId), digest)) throw error;
  }
}

const leastOf = (transaction: Transaction): number =>
  transaction.type === 'replace_suffix' ? transaction.expectedSuffix.length : 0;

function applied(items: readonly Item[], transaction: Transaction): readonly Item[] {
  if (transaction.type === 'append_items') return [...items, ...transaction.items];
  if (transaction.type !== 'replace_suffix')
    throw badInput(`There is no transaction ${JSON.stringify((transaction as { type: unknown }).type)}.`);
  const { expectedSuffix, replacement } = transaction;
  const start = items.length - expectedSuffix.length;
  if (start < 0 || !expectedSuffix.every((item, index) => isSame(item, items[start + index])))
    throw badInput('The history does not end with the expected suffix any more: read it again.');
  return [...items.slice(0, start), ...replacement];
}

/** False where there is none. IDEMPOTENCY_CONFLICT for another change under the same id. */
function isDone(entry: Entry | null, digest: string): boolean {
  if (!entry) return false;
  const { metadata, redacted } = entry;
  if (redacted || (isJsonObject(metadata) && metadata.operation === digest)) return true;
  throw new ParleyError(
    'IDEMPOTENCY_CONFLICT',
    'The operationId was used before, for another transaction: give each its own.',
  );
}

/** The first call with this id is replaced; further ones, which a retry may have left, are removed. */
export function mutated(items: readonly Item[], mutation: Mutation): readonly Item[] {
  if (mutation.type !== 'replace_function_call') return items;
  const isMeant = (item: Item) => item.type === 'function_call' && item.callId === mutation.callId;
  const first = items.findIndex(isMeant);
  return items.flatMap((item, index) =>
    index === first ? [mutation.replacement] : isMeant(item) ? [] : [item],
  );
}
