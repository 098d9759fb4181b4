import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.js';
import { mayHoldWrapper, shown } from '../domain/sessions/portable-json.js';
import type {
  TransferAgent,
  TransferMessage,
  TransferRecord,
  TransferSession,
} from '../domain/sessions/transfer.js';
import { type ExportEnd, type ExportHeader, type Line, LineError, readLines } from './export-lines.js';

/** A line that was read, and which it was. */
export interface ReadRecord {
  record: TransferRecord;
  line: number;
  bytes: number;
  /** Of the file, up to the end of this line. */
  at: number;
}

type Test = (value: JsonValue | undefined) => boolean;
const text: Test = (value) => typeof value === 'string';
const textOrNull: Test = (value) => value === null || text(value);
const object: Test = (value) => isJsonObject(value);
const objectOrNull: Test = (value) => value === null || object(value);
const list: Test = (value) => Array.isArray(value);
const date: Test = (value) => text(value) && !Number.isNaN(Date.parse(value as string));
const dateOrNull: Test = (value) => value === null || date(value);
const count: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const optional =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);
const all =
  (test: Test): Test =>
  (value) =>
    list(value) && (value as JsonValue[]).every(test);
const shaped =
  (fields: Readonly<Record<string, Test>>): Test =>
  (value) =>
    isJsonObject(value) && wrongField(value, fields) === null;

const FEEDBACK = {
  rating: (v: JsonValue | undefined) => v === null || v === 'up' || v === 'down',
  comment: textOrNull,
  createdAt: dateOrNull,
  fields: object,
};
const RECEIPT = {
  key: text,
  body: text,
  at: date,
  position: optional(count),
  from: optional(count),
  count: optional(count),
};

const FIELDS: Readonly<Record<TransferRecord['kind'], Readonly<Record<string, Test>>>> = {
  session: {
    sessionId: (value) => text(value) && value !== '',
    sessionType: text,
    applicationName: textOrNull,
    createdAt: dateOrNull,
    updatedAt: dateOrNull,
    metadata: object,
    feedback: all(shaped(FEEDBACK)),
    guardrailEvents: all(object),
    receipts: all(shaped(RECEIPT)),
    viewerPassword: optional(text),
  },
  agent: {
    agentId: (value) => text(value) && value !== '',
    model: textOrNull,
    systemPrompt: textOrNull,
    promptMetadata: objectOrNull,
    state: object,
    conversationManagerState: object,
    internalState: optional(object),
    createdAt: dateOrNull,
    updatedAt: dateOrNull,
  },
  message: {
    position: count,
    messageId: (value) => value === null || Number.isSafeInteger(value),
    storageId: textOrNull,
    clientId: textOrNull,
    trackingId: textOrNull,
    role: (value) => value === 'user' || value === 'assistant',
    content: all(object),
    redacted: (value) => typeof value === 'boolean',
    metadata: objectOrNull,
    eventLoopMetrics: objectOrNull,
    guardrailEvent: objectOrNull,
    createdAt: dateOrNull,
    updatedAt: dateOrNull,
  },
};

function wrongField(value: JsonObject, fields: Readonly<Record<string, Test>>): string | null {
  for (const name in fields) if (!fields[name]?.(value[name])) return name;
  return null;
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
  const counts: ExportEnd = { kind: 'end', sessions: 0, messages: 0 };
  let session: TransferSession | null = null;
  let agents = new Set<string>();
  let next: number | null = null;
  let ended = false;

  function place(line: number, record: TransferRecord): void {
    if (record.kind === 'session') {
      [session, agents, next] = [record, new Set(), null];
      counts.sessions++;
    } else if (session === null) throw new LineError(line, `a ${record.kind} stands before any session`);
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
      counts.messages++;
    }
  }

  return {
    ended: () => ended,
    next(line: Line): TransferRecord | null {
      const value = parse(line);
      if (line.number === 1) {
        headerOf(value);
        return null;
      }
      if (ended) throw new LineError(line.number, 'something follows the end');
      if (value.kind === 'end') {
        checkEnd(line.number, value, counts);
        ended = true;
        return null;
      }
      const record = recordOf(line, value);
      place(line.number, record);
      return record;
    },
  };
}

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
  if (value.version === 1) return value as unknown as ExportHeader;
  throw new LineError(
    1,
    `it is of version ${JSON.stringify(value.version)}, and this Parley reads version 1: use a newer one`,
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
  return value as unknown as TransferSession | TransferAgent | TransferMessage;
}

function checkEnd(line: number, value: JsonObject, counts: ExportEnd): void {
  for (const name of ['sessions', 'messages'] as const) {
    if (value[name] !== counts[name]) {
      throw new LineError(
        line,
        `the end says ${JSON.stringify(value[name])} ${name}, and ${counts[name]} were read`,
      );
    }
  }
}
