import type { Steps } from '../../../domain/async/in-slices.js';
import type { ParleyError } from '../../../domain/errors.js';
import { JsonText } from '../../../domain/json/json-text.js';
import type { JsonObject } from '../../../domain/json/json-value.js';
import { weightSteps } from '../../../domain/json/json-weight.js';
import { valueSteps } from '../../../domain/json/parse-json.js';
import { stringifySteps } from '../../../domain/json/write-json.js';
import { setPath, unsetPath } from '../../../domain/sessions/metadata-path.js';
import type { MetadataSize } from '../../../domain/sessions/session-bounds.js';
import type { ChangeMetadata } from '../../../domain/sessions/session-store.js';
import type { Statements } from '../statements.js';

/** What a session's metadata will be, as UTF-8. */
export interface PreparedMetadata {
  json: Buffer;
  size: MetadataSize;
  /** Whether it has been given anything: without that it may stay as large as it was. */
  sets: boolean;
  /** It holds as long as this is the version of the data, and this connection has not changed the session. */
  version: number;
}

/** Why a session's metadata cannot be changed so, found as it was prepared: it holds as long. */
export interface RefusedMetadata extends Pick<PreparedMetadata, 'version'> {
  refusal: ParleyError;
}

/** Another number after each commit of another connection (sqlite.org/pragma.html#pragma_data_version). */
export const dataVersion = ({ db }: Statements): number =>
  db.pragma('data_version', { simple: true }) as number;

export function* newMetadata(
  statements: Statements,
  session: { id: number },
  { set, unset }: ChangeMetadata,
): Steps<PreparedMetadata> {
  const version = dataVersion(statements);
  // As bytes: a text of all of it would be made of them, of which only its values are used.
  const stored = statements.get(
    'SELECT CAST(metadata AS BLOB) AS metadata FROM sessions WHERE id = ?',
    session.id,
  )?.metadata;
  yield;
  const metadata = (yield* valueSteps(stored)) as JsonObject;
  const given = (
    set instanceof JsonText ? yield* valueSteps(set.written as Buffer) : set
  ) as ChangeMetadata['set'];
  for (const [path, value] of given) setPath(metadata, path, value);
  for (const path of unset) unsetPath(metadata, path);
  yield;
  const pieces: Buffer[] = [];
  yield* stringifySteps(metadata, (piece) => pieces.push(Buffer.from(piece)));
  const json = Buffer.concat(pieces);
  const weight = yield* weightSteps(json);
  return { json, size: { bytes: json.length, weight }, sets: given.length > 0, version };
}

export const metadataBytes = (statements: Statements, sessionId: string): number =>
  statements.get('SELECT octet_length(metadata) AS bytes FROM sessions WHERE session_id = ?', sessionId)
    ?.bytes ?? 0;
