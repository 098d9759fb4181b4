import { oneLine } from '../format.js';
import type { OpeningFragment, SessionRowFragment } from '../generated/operations.js';

/** Metadata that is a title where there is one, the most telling first. */
const TITLES = ['title', 'name', 'subject', 'topic', 'summary'];
const TITLE_CHARACTERS = 160;

/** Of a session: its agents with their first messages, since before what the user says a framework may keep records of its own. */
interface Described {
  metadata?: Readonly<Record<string, unknown>>;
  agents: readonly { opening?: OpeningFragment }[];
}

/** What a conversation is about: a title of its metadata, else what the user said first, as it was said in the end. */
export function titleOf({ metadata, agents }: Described): string | null {
  for (const key of TITLES) {
    const value = metadata?.[key];
    if (typeof value === 'string' && value.trim() !== '') return oneLine(value, TITLE_CHARACTERS);
  }
  const openings = agents.flatMap(({ opening }) => standingFirst(opening?.nodes ?? []));
  const first =
    openings.find(({ role, author, text }) => role === 'USER' && author === null && text !== '') ??
    openings.find(({ text }) => text !== '');
  return first ? oneLine(first.text, TITLE_CHARACTERS) : null;
}

/** Where another of them stands in its place, a message comes behind those that stand. */
function standingFirst(messages: OpeningFragment['nodes']): OpeningFragment['nodes'] {
  const ranges = messages.flatMap(({ supersedes }) => supersedes);
  const isSuperseded = (position: number) =>
    ranges.some(({ from, to }) => from <= position && position <= to);
  return messages.toSorted(
    (one, other) => Number(isSuperseded(one.position)) - Number(isSuperseded(other.position)),
  );
}

/** How long it has gone on, in ms. */
export function lengthOf({ createdAt, updatedAt }: SessionRowFragment): number | null {
  if (createdAt === null || updatedAt === null) return null;
  return Math.max(0, Date.parse(updatedAt) - Date.parse(createdAt));
}

/** `claude-sonnet-4-5` of `us.anthropic.claude-sonnet-4-5-20250929-v1:0`: without provider, date and version. */
export const shortModel = (model: string) =>
  (model.split('/').at(-1) ?? model)
    .replace(/^([a-z]{2,5}\.)?(anthropic|amazon|meta|mistral|cohere|ai21|openai|google|deepseek)\./, '')
    .replace(/-(20\d{6})?(-?v\d+)?(:\d+)?$/, '');

/** The value at a dotted path, as one reads it in a cell. */
export function metadataCell(metadata: Readonly<Record<string, unknown>> | undefined, path: string): string {
  let value: unknown = metadata;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return '';
    value = (value as Record<string, unknown>)[part];
  }
  return typeof value === 'string' ? oneLine(value, 120) : oneLine(JSON.stringify(value) ?? '', 120);
}
