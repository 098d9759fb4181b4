import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { ParleyError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json/json-value.js';

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

/** What is wrong with a file that is imported; `message` names the line. */
export class LineError extends ParleyError {
  constructor(line: number, text: string) {
    super('BAD_USER_INPUT', `line ${line}: ${text}`);
  }
}

/** A line of a file as its bytes. Its text is made where it is asked for: of bytes that wait the collector has nothing to copy. */
export class Line {
  constructor(
    /** Counted from 1. */
    readonly number: number,
    /** Where it begins in the file, in bytes. */
    readonly at: number,
    /** Whether it ends with a line end: the last may be cut off. */
    readonly whole: boolean,
    private readonly within: Buffer,
    private readonly from: number,
    private readonly to: number,
  ) {}
  /** With its end. */
  get bytes(): number {
    return this.to - this.from + (this.whole ? 1 : 0);
  }
  get text(): string {
    const bytes = this.within.subarray(this.from, this.to);
    if (!isUtf8(bytes)) throw new LineError(this.number, 'it is no UTF-8: its text would be another');
    return bytes.toString();
  }
  /** `start` is ASCII. */
  startsWith(start: string): boolean {
    return this.within.toString('latin1', this.from, Math.min(this.from + start.length, this.to)) === start;
  }
}

const CHUNK = 1024 * 1024;
const LINE_END = 0x0a;
/** No message is as large: beyond it a file is none of ours. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;

/** The lines of a file, chunk by chunk. Ends at `\n` alone: JSON holds other line ends in its texts. */
export async function* readLines(path: string): AsyncGenerator<Line[]> {
  const file = await open(path, 'r');
  const read = () => {
    const reading = file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK);
    // It is waited for later, if at all.
    reading.catch(() => {});
    return reading;
  };
  try {
    let rest: Buffer[] = [];
    let number = 1;
    let at = 0;
    const lineOf = (within: Buffer, from: number, to: number, whole: boolean): Line => {
      const line = new Line(number++, at, whole, within, from, to);
      at += line.bytes;
      return line;
    };
    const lineOfRest = (whole: boolean): Line => {
      const bytes = Buffer.concat(rest);
      rest = [];
      return lineOf(bytes, 0, bytes.length, whole);
    };
    for (let next = read(); ; ) {
      const { bytesRead, buffer } = await next;
      if (bytesRead === 0) break;
      // While the lines of this one are taken.
      next = read();
      const chunk = buffer.subarray(0, bytesRead);
      const lines: Line[] = [];
      let from = 0;
      for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
        if (rest.length > 0) {
          rest.push(chunk.subarray(0, end));
          lines.push(lineOfRest(true));
        } else lines.push(lineOf(chunk, from, end, true));
        from = end + 1;
      }
      if (from < bytesRead) rest.push(chunk.subarray(from));
      if (lines.length > 0) yield lines;
      if (rest.length > MAX_LINE_BYTES / CHUNK) throw new LineError(number, 'it has more than 256 MiB');
    }
    if (rest.length > 0) yield [lineOfRest(false)];
  } finally {
    await file.close();
  }
}
