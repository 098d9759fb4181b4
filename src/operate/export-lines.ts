import { open } from 'node:fs/promises';
import type { JsonValue } from '../domain/json.js';

/** The first line of an export. */
export interface ExportHeader {
  parley: 'export';
  /** 1 has sessions alone. */
  version: 1 | 2;
  from: 'sqlite' | 'mongodb';
  secrets: boolean;
  /** Null: every session. */
  filter: JsonValue;
}

/** How many of each stand beside the sessions. */
export interface BesideCounts {
  snapshots: number;
  audit: number;
  keys: number;
}

/** The last line: an export without it was cut off. */
export interface ExportEnd extends BesideCounts {
  kind: 'end';
  sessions: number;
  messages: number;
}

export const noneYet = (): ExportEnd => ({
  kind: 'end',
  sessions: 0,
  messages: 0,
  snapshots: 0,
  audit: 0,
  keys: 0,
});

/** Counts one more. A snapshot counts with its last piece. */
export function countRecord(counts: ExportEnd, record: { kind: string; more?: true }): void {
  if (record.kind === 'session') counts.sessions++;
  else if (record.kind === 'message') counts.messages++;
  else if (record.kind === 'snapshot' && !record.more) counts.snapshots++;
  else if (record.kind === 'audit') counts.audit++;
  else if (record.kind === 'key') counts.keys++;
}

export interface Line {
  /** Counted from 1. */
  number: number;
  text: string;
  /** Where it begins in the file, and how long it is with its end, in bytes. */
  at: number;
  bytes: number;
  /** Whether it ends with a line end: the last may be cut off. */
  whole: boolean;
}

const CHUNK = 1024 * 1024;
const LINE_END = 0x0a;
/** No message is as large: beyond it a file is none of ours. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;

/** What is wrong with a file that is imported; `message` names the line. */
export class LineError extends Error {
  override readonly name = 'LineError';
  constructor(line: number, text: string) {
    super(`line ${line}: ${text}`);
  }
}

/** The lines of a file, chunk by chunk, one chunk of it in memory at a time. Ends at `\n` alone: JSON holds other line ends in its texts. */
export async function* readLines(path: string): AsyncGenerator<Line[]> {
  const file = await open(path, 'r');
  try {
    let rest: Buffer[] = [];
    let number = 1;
    let at = 0;
    const lineOf = (parts: Buffer[], whole: boolean): Line => {
      const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
      const line = {
        number: number++,
        text: bytes.toString('utf8'),
        at,
        bytes: bytes.length + (whole ? 1 : 0),
        whole,
      };
      at += line.bytes;
      return line;
    };
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK);
      if (bytesRead === 0) break;
      let chunk = buffer.subarray(0, bytesRead);
      const lines: Line[] = [];
      for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END)) {
        lines.push(lineOf([...rest, chunk.subarray(0, end)], true));
        rest = [];
        chunk = chunk.subarray(end + 1);
      }
      if (lines.length > 0) yield lines;
      if (chunk.length > 0) rest.push(chunk);
      if (rest.length > MAX_LINE_BYTES / CHUNK) throw new LineError(number, 'it has more than 256 MiB');
    }
    if (rest.length > 0) yield [lineOf(rest, false)];
  } finally {
    await file.close();
  }
}
