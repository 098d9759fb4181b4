import { ParleyError } from '../domain/errors.js';
import { copyOf, isJsonObject, type JsonObject, type JsonValue } from '../domain/json/json-value.js';
import { contentOf } from '../domain/sessions/message-content.js';
import { changeAt, exactOf } from './exact.js';
import { type Spelling, toPlain } from './plain.js';
import type { Entry, NewEntry } from './port.js';
import { type Reference, referred, withReferences } from './references.js';

/** Whose items these are, and in which form they are kept. A later Parley reads the earlier ones. */
export interface Form {
  name: string;
  version: number;
}

/** How an item is shown beside being kept. */
export interface Shown {
  role: 'user' | 'assistant';
  content: readonly JsonObject[];
  /** What the framework calls its author, where that is neither user nor assistant, such as `system`. */
  author?: string | undefined;
  /** Its calls that wait for somebody's approval, by their ids. */
  approvals?: readonly string[];
  /** What its model call cost, as the framework says it. */
  usage?: JsonObject | null | undefined;
}

/** `metadata.framework` of a message: docs/adapters.md. */
type Envelope = {
  name: string;
  version: number;
  author?: string;
  approvals?: string[];
  item: JsonValue;
  references?: Reference[];
  spellings?: Spelling[];
};

/**
 * An item as it is stored: shown as blocks, and kept whole in the message's metadata, which refers to the blocks for what is large in both.
 * `show` gets it as plain JSON (plain.ts); what its blocks share with that is not stored twice. BAD_USER_INPUT for what cannot be kept.
 */
export function toEntry(
  { name, version }: Form,
  item: unknown,
  where: string,
  show: (item: JsonValue) => Shown,
): NewEntry {
  const { value, spellings } = toPlain(item, where);
  const { role, content, author, approvals = [], usage } = show(value);
  // As it will be stored: bytes have one spelling there.
  const stored = contentOf({ content }, where);
  const kept = withReferences(value, stored);
  const framework: Envelope = {
    name,
    version,
    ...(author === undefined ? {} : { author }),
    ...(approvals.length > 0 ? { approvals: [...approvals] } : {}),
    item: kept.item,
    ...(kept.references.length > 0 ? { references: kept.references } : {}),
    ...(spellings.length > 0 ? { spellings } : {}),
  };
  return { role, content: stored, metadata: { ...(usage ? { usage } : {}), framework } };
}

/**
 * The item that was kept, deep equal, in a copy of one's own; null where the entry holds none of this framework: somebody else wrote
 * it, or it was redacted. BAD_USER_INPUT for one that a later Parley wrote.
 */
export function itemOf(form: Form, entry: Entry): { item: unknown } | null {
  const kept = plainItemOf(form, entry);
  return kept && { item: exactOf({ value: kept.item, spellings: envelopeOf(entry)?.spellings ?? [] }) };
}

/** The same as plain JSON (plain.ts), as it was before its values were spelled. */
export function plainItemOf({ name, version }: Form, entry: Entry): { item: JsonValue } | null {
  const envelope = envelopeOf(entry);
  if (envelope?.name !== name) return null;
  if (envelope.version > version) {
    throw new ParleyError(
      'BAD_USER_INPUT',
      `Message ${entry.position} is kept in form ${envelope.version} of ${name}; this Parley knows up to ${version}. Update it.`,
    );
  }
  const root = { item: copyOf(envelope.item) };
  for (const reference of envelope.references ?? []) {
    const found = referred(reference, entry.content);
    if (found === undefined) return null;
    changeAt(root, ['item', ...reference.at], () => found);
  }
  return root;
}

function envelopeOf({ metadata }: Entry): Envelope | null {
  const framework = metadata?.framework;
  return isJsonObject(framework) && Object.hasOwn(framework, 'item') ? (framework as Envelope) : null;
}
