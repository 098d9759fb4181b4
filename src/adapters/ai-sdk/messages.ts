import { isDeepStrictEqual } from 'node:util';
import type { UIMessage } from 'ai';
import type { JsonObject, JsonValue } from '../../domain/json/json-value.js';
import { MAX_IDENTITY_LENGTH } from '../../domain/sessions/session-inputs.js';
import { type Form, itemOf, plainItemOf, toEntry } from '../envelope.js';
import { isKeptAs, toPlain } from '../plain.js';
import type { Entry, NewEntry } from '../port.js';
import type { Standing } from './changes.js';
import { messageFromBlocks, type Results, resultsIn } from './from-blocks.js';
import { showMessage } from './parts.js';

const FORM: Form = { name: 'ai-sdk', version: 1 };

/** A message that stands. */
export interface Kept extends Standing {
  /** It as plain JSON (plain.ts). */
  plain(): JsonValue;
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
    const plain = () => plainItemOf(FORM, entry)?.item ?? plainOf(messageOf(entry, results));
    kept.push({
      position,
      id: message.id,
      role: message.role,
      redacted,
      known: false,
      usage: metadata?.usage,
      plain,
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
export const isSameMessage = (one: UIMessage, { id, plain }: Kept): boolean =>
  isKeptAs({ ...one, id }, plain());

const plainOf = (message: UIMessage | null): JsonValue => toPlain(message, 'message').value;

/** The message, with what went to its metadata as one that was stored. */
export const keptFrom = (message: UIMessage, position: number, { metadata }: NewEntry): Kept => {
  const plain = plainOf(message);
  return {
    position,
    id: message.id,
    role: message.role,
    redacted: false,
    known: true,
    usage: (metadata as JsonObject).usage,
    plain: () => plain,
  };
};
