import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.js';
import { mayHoldWrapper, shown } from '../domain/sessions/portable-json.js';
import { isBeside, type TransferRecord } from '../domain/sessions/transfer.js';
import { FIELDS, wrongField } from './export-fields.js';
import { countRecord, type ExportHeader, type Line, LineError, noneYet, readLines } from './export-lines.js';

/** A line that was read, and which it was. */
export interface ReadRecord {
  record: TransferRecord;
  line: number;
  bytes: number;
  /** Of the file, up to the end of this line. */
  at: number;
}

/**
 * The records of a file in their order, some at a time, each checked: its form, and that it stands where it may. The end is checked
 * too. Throws a LineError that names the line, after what comes before it.
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

  function place(line: number, record: TransferRecord): void {
    const goesOn = record.kind === 'snapshot' && record.key === open;
    if (open !== null && !goesOn) throw new LineError(line, `snapshot ${JSON.stringify(open)} has no end`);
    countRecord(counts, record);
    if (isBeside(record)) {
      [inSession, isBehind] = [false, true];
      open = record.kind === 'snapshot' && record.more ? record.key : null;
    } else if (record.kind === 'session') {
      if (isBehind) throw new LineError(line, 'a session stands behind what comes after all sessions');
      [inSession, agents, next] = [true, new Set(), null];
    } else if (!inSession) throw new LineError(line, `a ${record.kind} stands before any session`);
    else if (record.kind === 'agent') {
      if (agents.has(record.agentId))
        throw new LineError(line, `agent ${JSON.stringify(record.agentId)} comes twice`);
      agents.add(record.agentId);
      next = 0;
    } else {
      if (record.position !== next) {
        throw new LineError(
          line,
          next === null
            ? 'a message stands before any agent'
            : `position is ${record.position}, and ${next} comes next`,
        );
      }
      next++;
    }
  }

  function checkEnd({ number: line }: Line, value: JsonObject): void {
    if (open !== null) throw new LineError(line, `snapshot ${JSON.stringify(open)} has no end`);
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
    next(line: Line): TransferRecord | null {
      const value = parse(line);
      if (line.number === 1) {
        version = headerOf(value).version;
        return null;
      }
      if (ended) throw new LineError(line.number, 'something follows the end');
      if (value.kind === 'end') {
        checkEnd(line, value);
        ended = true;
        return null;
      }
      const record = recordOf(line, value);
      place(line.number, record);
      return record;
    },
  };
}

/** Of which the end says how many there are; version 1 knows the first two. */
const COUNTED = ['sessions', 'messages', 'snapshots', 'audit', 'keys'] as const;

function parse({ number, text: json, whole }: Line): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(json);
  } catch {
    throw new LineError(
      number,
      whole ? 'it is no JSON' : 'it is cut off: go on with parley export --resume, then import it again',
    );
  }
  if (isJsonObject(value)) return value;
  throw new LineError(number, 'it is no object');
}

export function headerOf(value: JsonObject): ExportHeader {
  if (value.parley !== 'export') throw new LineError(1, 'it is no export of Parley');
  if (value.version === 1 || value.version === 2) return value as unknown as ExportHeader;
  throw new LineError(
    1,
    `it is of version ${JSON.stringify(value.version)}, and this Parley reads versions 1 and 2: use a newer one`,
  );
}

function recordOf({ number: line, text: json }: Line, value: JsonObject): TransferRecord {
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
