import type { JsonObject } from '../../domain/json/json-value.js';
import type { SnapshotMessage } from './snapshot.js';

/** Of a message that has changed since it was shown: the snapshot's last, the last that was shown, or one before it. */
export type Place = 'last' | 'last-shown' | 'earlier';

/** What the SDK 1.19 puts in place of what it shortens or sets aside. */
const SHORTENED =
  /^\[(?:Truncated: |Summarized |Dropped\]|Offloaded: ~|(?:image|video|document|json): )|<truncated chars="/;
/** So much of a text's beginning is looked at for what it was made of. */
const BEGINNING = 40;

/**
 * Whether a guardrail has replaced what `shown` says. The SDK does so in place, in what the user said or in the results of
 * tools, and leaves one text, or one text in each result. It happens before the model has answered, so that later only the
 * last that was shown can have been missed; what a conversation manager shortens lies further back, and keeps its beginning
 * or says so. What the user said is taken for redacted wherever it lies, so that no such text stays readable.
 */
export function isRedaction(message: SnapshotMessage, shown: readonly JsonObject[], place: Place): boolean {
  const text = onlyTextOf(message);
  if (message.role !== 'user' || text === null) return false;
  if (place === 'last') return true;
  const ofTools = message.content.some(({ toolResult }) => toolResult !== undefined);
  if (ofTools && place === 'earlier') return false;
  return !SHORTENED.test(text) && !textsIn(shown).some((before) => isShortened(before, text));
}

function onlyTextOf({ content }: SnapshotMessage): string | null {
  const ofTools = content.every(({ toolResult }) => toolResult !== undefined);
  if (content.length !== 1 && !ofTools) return null;
  const texts = content.map(({ text, toolResult }) => {
    if (toolResult === undefined) return text;
    const { content: inner } = toolResult as { content?: JsonObject[] };
    return inner?.length === 1 ? inner[0]?.text : undefined;
  });
  const [first] = texts;
  return typeof first === 'string' && texts.every((text) => text === first) ? first : null;
}

/** The texts of blocks, and those within results of tools. */
const textsIn = (blocks: readonly JsonObject[]): string[] =>
  blocks.flatMap(({ text, toolResult }) => {
    const { content } = (toolResult ?? {}) as { content?: unknown };
    return [
      ...(typeof text === 'string' ? [text] : []),
      ...(Array.isArray(content) ? textsIn(content as JsonObject[]) : []),
    ];
  });

function isShortened(before: string, now: string): boolean {
  const length = Math.min(now.length, BEGINNING);
  let same = 0;
  while (same < length && before[same] === now[same]) same++;
  return same * 2 >= length;
}
