import { keptForLast } from '../../../domain/once-per-object.js';
import { MESSAGE_PARTS, type MessagePart, messageParts } from '../../../domain/sessions/session-store.js';
import { forParts } from './for-parts.js';

export const MESSAGE_COLUMNS = [
  'position',
  'storage_id',
  'role',
  'content',
  'redacted',
  'metadata',
  'event_loop_metrics',
  'guardrail_event',
  'created_at',
  'updated_at',
  'client_id',
  'tracking_id',
  'supersedes',
];
export const MESSAGE_PART_COLUMNS: Readonly<Record<MessagePart, string>> = {
  text: 'content',
  content: 'content',
  metadata: 'metadata',
  eventLoopMetrics: 'event_loop_metrics',
  guardrailEvent: 'guardrail_event',
};

/** `make`, once for each choice of parts. */
export function forMessageParts<T>(make: (parts: readonly MessagePart[]) => T) {
  const made = forParts<MessagePart, T>(['text', ...MESSAGE_PARTS], make);
  const chosen = keptForLast((parts: readonly MessagePart[]) => made(messageParts(parts)));
  return (parts: readonly MessagePart[] = MESSAGE_PARTS) => chosen(parts);
}

/** Of the content what it says is enough. */
export const isSaid = (parts: readonly MessagePart[] = MESSAGE_PARTS) =>
  parts.includes('text') && !parts.includes('content');

/** Null in the place of a part that is not asked for. */
export function selected<P extends string>(
  table: string,
  columns: readonly string[],
  partColumns: Readonly<Record<P, string>>,
  parts: readonly P[],
): string[] {
  const asked = parts.map((part) => partColumns[part]);
  const large: readonly string[] = Object.values(partColumns);
  return columns.map((column) =>
    large.includes(column) && !asked.includes(column) ? `NULL AS ${column}` : `${table}.${column}`,
  );
}

/** What a row takes with these parts, found without reading them: `octet_length` looks at a row's header alone. */
export const bytesOf = <P extends string>(
  table: string,
  partColumns: Readonly<Record<P, string>>,
  parts: readonly P[],
) => parts.map((part) => ` + coalesce(octet_length(${table}.${partColumns[part]}), 0)`).join('');

/** What all parts of a message take: most of its small columns stand behind them, and are found by going through these. */
export const MESSAGE_BYTES = `0${bytesOf('messages', MESSAGE_PART_COLUMNS, MESSAGE_PARTS)}`;
