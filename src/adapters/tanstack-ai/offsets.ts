import { badInput } from '../../domain/errors.js';

/** Before the first chunk, and behind the last. */
export const FIRST = '-1';
export const NOW = 'now';

const PREFIX = 'parley:v1:';

/** Which chunk of which run: from 1, rising. It is a value of the header Last-Event-ID. */
export const offsetOf = (runId: string, place: number): string =>
  `${PREFIX}${encodeURIComponent(runId)}:${place}`;

/** BAD_USER_INPUT for an offset that no run of this adapter has given. */
function readOffset(offset: string): { runId: string; place: number } {
  const [, encoded, digits] = /^parley:v1:([^:]*):([1-9]\d{0,14})$/.exec(offset) ?? [];
  const runId = encoded === undefined ? null : decoded(encoded);
  if (runId === null) throw badInput(`The offset ${JSON.stringify(offset)} is none that Parley has given.`);
  return { runId, place: Number(digits) };
}

/** The place in this run behind which is read. */
export function placeIn(runId: string, offset: string): number {
  const read = readOffset(offset);
  if (read.runId !== runId)
    throw badInput(
      `The offset is of the run ${JSON.stringify(read.runId)}, not of ${JSON.stringify(runId)}.`,
    );
  return read.place;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

export interface RunSource {
  /** The run. */
  runId: string;
  /** Behind which chunk its reader stands; absent for a writer. */
  offset?: string | null;
}

/**
 * Which run a request is about, as TanStack AI asks for it: the offset in Last-Event-ID or `?offset`, which names its run; else the
 * run in X-Run-Id or `?runId`; else a new one.
 */
export function sourceOf(source: Request | RunSource, newId: () => string): Required<RunSource> {
  if (!('headers' in source)) return { runId: checkedId(source.runId), offset: source.offset ?? null };
  const { headers, url } = source;
  const query = URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();
  const offset = headers.get('Last-Event-ID') || query.get('offset');
  if (offset !== null && offset !== FIRST && offset !== NOW)
    return { runId: readOffset(offset).runId, offset };
  const asked = headers.get('X-Run-Id') || query.get('runId');
  return { runId: asked === null ? newId() : checkedId(asked), offset };
}

function checkedId(runId: string): string {
  if (typeof runId === 'string' && runId !== '' && !/[\r\n]/.test(runId) && runId.isWellFormed())
    return runId;
  throw badInput(
    `The run id ${JSON.stringify(runId)} cannot be used: it must be a text of one line that is not empty.`,
  );
}
