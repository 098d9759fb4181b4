import { isDeepStrictEqual } from 'node:util';
import type { UIMessage } from 'ai';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import { MAX_IDENTITY_LENGTH } from '../../domain/sessions/session-inputs.js';
import { type Form, itemOf, toEntry } from '../envelope.js';
import { toPlain } from '../plain.js';
import type { Entry, NewEntry } from '../port.js';
import type { Standing } from './changes.js';
import { messageFromBlocks, type Results, resultsIn } from './from-blocks.js';
import { showMessage } from './parts.js';

const FORM: Form = { name: 'ai-sdk', version: 1 };

/** A message that stands, and how it is read: never an object that anybody may have changed. */
export interface Kept extends Standing {
  read(): UIMessage;
  /** What its entry counts as spent. */
  usage: JsonValue | undefined;
}

/** Messages of others that say nothing which a UIMessage can hold are none. */
export function keptIn(entries: readonly Entry[]): { kept: Kept[]; messages: UIMessage[] } {
  const results = resultsIn(entries);
  const kept: Kept[] = [];
  const messages: UIMessage[] = [];
  for (const entry of entries) {
    const message = messageOf(entry, results);
    if (!message) continue;
    const { position, redacted, metadata } = entry;
    const read = () => messageOf(entry, results) as UIMessage;
    kept.push({
      position,
      id: message.id,
      role: message.role,
      redacted,
      known: false,
      usage: metadata?.usage,
      read,
    });
    messages.push(message);
  }
  return { kept, messages };
}

function messageOf(entry: Entry, results: Results): UIMessage | null {
  const own = itemOf(FORM, entry);
  if (own) return own.item as UIMessage;
  const { clientId, position } = entry;
  return messageFromBlocks(
    entry,
    /^ai-sdk \d+ (.+)$/s.exec(clientId ?? '')?.[1] ?? `parley-${position}`,
    results,
  );
}

/**
 * The message as it is appended at this position. What it has cost counts once: `before` is the entry that it takes the place of. Its id is kept where a
 * redaction reaches, too.
 */
export function entryOf(
  message: UIMessage,
  where: string,
  position: number,
  before: Kept | undefined,
): NewEntry {
  const entry = toEntry(FORM, message, where, (plain) => {
    const shown = showMessage(plain);
    return isDeepStrictEqual(shown.usage, before?.usage) ? { ...shown, usage: null } : shown;
  });
  const clientId = `ai-sdk ${position} ${message.id}`;
  return clientId.length > MAX_IDENTITY_LENGTH || !message.id.isWellFormed() ? entry : { ...entry, clientId };
}

/** As JSON has it: a page gives back what it was sent, with times as text and without what is undefined. */
export const isSameMessage = (one: UIMessage, other: Kept): boolean =>
  isDeepStrictEqual(plain({ ...one, id: other.id }), plain(other.read()));

const plain = (message: UIMessage): JsonValue => toPlain(message, 'message').value;

/** The message, with what went to its metadata as one that was stored. */
export const keptFrom = (message: UIMessage, position: number, { metadata }: NewEntry): Kept => {
  const copy = structuredClone(message);
  return {
    position,
    id: message.id,
    role: message.role,
    redacted: false,
    known: true,
    usage: (metadata as JsonObject).usage,
    read: () => copy,
  };
};
