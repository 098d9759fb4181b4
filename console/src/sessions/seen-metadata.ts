import { ask } from '../api/ask.js';
import { NewestMetadataDocument } from '../generated/operations.js';
import { createStore } from '../store.js';

/** Metadata paths that sessions were seen to have, with some of their values: what filters suggest. */
export type SeenMetadata = ReadonlyMap<string, ReadonlySet<string>>;

export const seenMetadata = createStore<SeenMetadata>(new Map());

const MOST_PATHS = 300;
const MOST_VALUES = 50;
const LONGEST_VALUE = 80;
const DEEPEST = 4;
/** As many as are read for suggestions, however many there are. */
const NEWEST = 200;

/** Learns from the newest sessions, whatever the list is filtered by. Where that is too much to read, what was seen has to do. */
export async function learnFromNewest(): Promise<void> {
  const { sessions } = await ask(NewestMetadataDocument, { first: NEWEST }).catch(() => ({
    sessions: { nodes: [] },
  }));
  learnMetadata(sessions.nodes.map(({ metadata }) => metadata));
}

export function learnMetadata(all: readonly (Readonly<Record<string, unknown>> | undefined)[]): void {
  const paths = new Map([...seenMetadata.get()].map(([path, values]) => [path, new Set(values)]));
  const sizeBefore = sizeOf(paths);
  for (const metadata of all) if (metadata) walk(metadata, '', 0, paths);
  if (sizeOf(paths) !== sizeBefore) seenMetadata.set(paths);
}

function walk(object: object, prefix: string, depth: number, paths: Map<string, Set<string>>): void {
  for (const [key, value] of Object.entries(object)) {
    const path = prefix + key;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (depth < DEEPEST) walk(value, `${path}.`, depth + 1, paths);
      continue;
    }
    const values = paths.get(path) ?? new Set();
    if (!paths.has(path) && paths.size >= MOST_PATHS) continue;
    paths.set(path, values);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (values.size < MOST_VALUES && text !== undefined && text.length <= LONGEST_VALUE) values.add(text);
  }
}

const sizeOf = (paths: ReadonlyMap<string, ReadonlySet<string>>) =>
  [...paths.values()].reduce((sum, values) => sum + 1 + values.size, 0);
