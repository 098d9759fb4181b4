import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json/json-value.js';
import { mayHoldWrapper, shown } from '../domain/json/portable-json.js';
import {
  type BesideRecord,
  isBeside,
  type TransferAgent,
  type TransferMessage,
  type TransferRecord,
  type TransferSession,
} from '../domain/sessions/transfer.js';
import { unkeepable } from './check-line.js';
import { FIELDS, wrongField } from './export-fields.js';
import { countRecord, type ExportHeader, type Line, LineError, noneYet, readLines } from './export-lines.js';

/** A message of which nothing but its place is known: `messageOf` reads it. */
export interface MessageLine {
  kind: 'message';
  line: Line;
  /** Which is to stand there. */
  position: number;
}

/** A line that was read, and which it was. */
export interface ReadRecord {
  record: TransferSession | TransferAgent | MessageLine | BesideRecord;
  line: number;
  bytes: number;
  /** Of the file, up to the end of this line. */
  at: number;
}

/**
 * The records of a file in their order, some at a time, each checked: that it stands where it may, and its form, but for messages. The
 * end is checked too. Throws a LineError that names the line, after what comes before it.
 */
export async function* readExport(path: string): AsyncGenerator<ReadRecord[]> {
  const read = createReader();
  let lineNumber = 0;
  for await (const lines of readLines(path)) {
    const records: ReadRecord[] = [];
    try {
      for (const line of lines) {
        lineNumber = line.number;
        const record = read.next(line);
        if (record) records.push({ record, line: line.number, bytes: line.bytes, at: line.at + line.bytes });
      }
    } catch (error) {
      yield records;
      throw error;
    }
    yield records;
  }
  if (read.ended()) return;
  throw new LineError(
    lineNumber + 1,
    'the file ends before its end: go on with parley export --resume, then import it again',
  );
}

/** Knows what stands before a line. `next` gives the record of a line, null for the first and the last. */
function createReader() {
  const counts = noneYet();
  let version: ExportHeader['version'] = 1;
  let inSession = false;
  let isBehind = false;
  /** Of a snapshot whose last piece has not come. */
  let open: string | null = null;
  let agents = new Set<string>();
  let next: number | null = null;
  let ended = false;

  function place(line: number, record: TransferSession | TransferAgent | BesideRecord): void {
    const goesOn = record.kind === 'snapshot' && record.key === open;
    if (open !== null && !goesOn) throw noEnd(line, open);
    countRecord(counts, record);
    if (isBeside(record)) {
      [inSession, isBehind] = [false, true];
      open = record.kind === 'snapshot' && record.more ? record.key : null;
    } else if (record.kind === 'session') {
      if (isBehind) throw new LineError(line, 'a session stands behind what comes after all sessions');
      [inSession, agents, next] = [true, new Set(), null];
    } else {
      if (!inSession) throw beforeAny(line, 'an agent', 'session');
      if (agents.has(record.agentId))
        throw new LineError(line, `agent ${JSON.stringify(record.agentId)} comes twice`);
      agents.add(record.agentId);
      next = 0;
    }
  }

  function placeMessage(line: Line): MessageLine {
    if (open !== null) throw noEnd(line.number, open);
    if (!inSession) throw beforeAny(line.number, 'a message', 'session');
    if (next === null) throw beforeAny(line.number, 'a message', 'agent');
    counts.messages++;
    return { kind: 'message', line, position: next++ };
  }

  function checkEnd({ number: line }: Line, value: JsonObject): void {
    if (open !== null) throw noEnd(line, open);
    for (const name of version === 1 ? COUNTED.slice(0, 2) : COUNTED) {
      if (value[name] === counts[name]) continue;
      throw new LineError(
        line,
        `the end says ${JSON.stringify(value[name])} ${name}, and ${counts[name]} were read`,
      );
    }
  }

  return {
    ended: () => ended,
    next(line: Line): ReadRecord['record'] | null {
      if (ended) throw new LineError(line.number, 'something follows the end');
      // The last line may be cut off, which is told before anything else.
      if (line.number > 1 && line.whole && line.startsWith(MESSAGE)) return placeMessage(line);
      const { text } = line;
      const value = parse(line, text);
      if (line.number === 1) {
        version = headerOf(value).version;
        return null;
      }
      if (value.kind === 'message') return placeMessage(line);
      if (value.kind === 'end') {
        checkEnd(line, value);
        ended = true;
        return null;
      }
      const record = recordOf(line.number, text, value) as TransferSession | TransferAgent | BesideRecord;
      place(line.number, record);
      return record;
    },
  };
}

/** As every export of Parley begins a message; another may have its keys in another order. */
const MESSAGE = '{"kind":"message",';

const noEnd = (line: number, key: string) =>
  new LineError(line, `snapshot ${JSON.stringify(key)} has no end`);
const beforeAny = (line: number, what: string, other: string) =>
  new LineError(line, `${what} stands before any ${other}`);

/** Throws a LineError where it is no message, or another than that which comes next. */
export function messageOf({ line, position }: MessageLine): TransferMessage {
  const { text } = line;
  const record = recordOf(line.number, text, parse(line, text));
  if (record.kind !== 'message') throw new LineError(line.number, 'it has more than one kind');
  if (record.position === position) return record;
  throw new LineError(line.number, `position is ${record.position}, and ${position} comes next`);
}

/** Of which the end says how many there are; version 1 knows the first two. */
const COUNTED = ['sessions', 'messages', 'snapshots', 'audit', 'keys'] as const;

function parse({ number, whole }: Line, json: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(json);
  } catch {
    throw new LineError(
      number,
      whole ? 'it is no JSON' : 'it is cut off: go on with parley export --resume, then import it again',
    );
  }
  if (!isJsonObject(value)) throw new LineError(number, 'it is no object');
  const fault = unkeepable(json, value);
  if (fault !== null) throw new LineError(number, fault);
  return value;
}

export function headerOf(value: JsonObject): ExportHeader {
  if (value.parley !== 'export') throw new LineError(1, 'it is no export of Parley');
  if (value.version === 1 || value.version === 2) return value as unknown as ExportHeader;
  throw new LineError(
    1,
    `it is of version ${JSON.stringify(value.version)}, and this Parley reads versions 1 and 2: use a newer one`,
  );
}

function recordOf(line: number, json: string, value: JsonObject): TransferRecord {
  const fields = Object.hasOwn(FIELDS, String(value.kind))
    ? FIELDS[value.kind as TransferRecord['kind']]
    : undefined;
  if (!fields) throw new LineError(line, `there is no kind ${JSON.stringify(value.kind)}`);
  const wrong = wrongField(value, fields);
  if (wrong !== null) throw new LineError(line, `${wrong} of the ${value.kind} is missing or wrong`);
  try {
    if (mayHoldWrapper(json)) shown(value);
  } catch (error) {
    throw new LineError(line, (error as Error).message);
  }
  return value as unknown as TransferRecord;
}
