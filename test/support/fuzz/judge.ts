import { ApolloServerErrorCode } from '@apollo/server/errors';
import { ERROR_CODES } from '../../../src/domain/errors.js';
import type { Exchanged } from './exchange.js';
import { readFrames } from './frames.js';
import type { Input } from './inputs.js';

/** The closed list of docs/errors.md, but for the code of a defect. */
const CODES = new Set<unknown>([...ERROR_CODES, ...Object.values(ApolloServerErrorCode)]);
CODES.delete('INTERNAL_SERVER_ERROR');

const STATUSES = new Set([
  100, 101, 200, 204, 400, 401, 403, 404, 405, 406, 408, 413, 415, 417, 426, 429, 431,
]);
/** RFC 6455's, ws' for too many pieces, and those of graphql-transport-ws but for 4500. */
const CLOSE_CODES = new Set([1000, 1002, 1003, 1007, 1008, 1009, 4400, 4401, 4403, 4406, 4408, 4409, 4429]);
const MESSAGE_TYPES = new Set(['connection_ack', 'ping', 'pong', 'next', 'error', 'complete']);

/** Stacks, paths, drivers and SQL. No input holds any of them. */
const LEAKS =
  /\n\s+at |stacktrace|node:internal|node_modules|\/dist\/|\/src\/|\.js:\d|SQLITE_|SqliteError|better-sqlite|Mongo\w*Error|BSON|SELECT |INSERT |no such (table|column|function)|near "|TypeError|RangeError|Maximum call stack|Cannot read prop|is not a function|is not iterable/;

export const GONE = 'the server is gone';

/** What is wrong with how the server has taken an input; null where nothing is. */
export function judge(input: Input, { received, end }: Exchanged): string | null {
  if (end === 'refused') return GONE;
  if (end === 'hanging') return `neither answered nor closed; received ${shown(received)}`;
  const leak = LEAKS.exec(received.toString('utf8'));
  if (leak) return `an answer holds ${JSON.stringify(leak[0])}: ${shown(received)}`;
  const [answers, rest] = readAnswers(received);
  if (answers === null) return `not HTTP: ${shown(received)}`;
  if (input.kind === 'operation' && answers.length !== 1)
    return `${answers.length} answers: ${shown(received)}`;
  for (const answer of answers) {
    const wrong = wrongAnswer(answer);
    if (wrong) return `${wrong}: ${shown(received)}`;
  }
  return answers.at(-1)?.status === 101 ? wrongFrames(rest) : null;
}

const shown = (bytes: Buffer) => JSON.stringify(bytes.toString('latin1').slice(0, 1_500));

interface Answer {
  status: number;
  type: string;
  body: string;
}

/** The answers in what was received, the last perhaps cut off, and what follows a 101. */
function readAnswers(bytes: Buffer): [Answer[] | null, Buffer] {
  const answers: Answer[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) break;
    const [first = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (!status) return [null, rest];
    const headers = new Map(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    rest = rest.subarray(end + 4);
    const cut = headers.has('transfer-encoding')
      ? unchunked(rest)
      : bodyOf(rest, headers.get('content-length'));
    answers.push({ status, type: headers.get('content-type') ?? '', body: cut.body.toString('utf8') });
    if (status === 101) break;
    if (!cut.whole) {
      answers.pop();
      return [answers, Buffer.alloc(0)];
    }
    rest = cut.rest;
  }
  return [answers, rest];
}

interface Cut {
  body: Buffer;
  rest: Buffer;
  /** Whether all of the body has come. */
  whole: boolean;
}

function bodyOf(bytes: Buffer, length = '0'): Cut {
  // The answer to HEAD has a length and no body: the next answer, or nothing, comes at once.
  const none = bytes.length === 0 || bytes.subarray(0, 5).toString('latin1') === 'HTTP/';
  const end = none ? 0 : Number(length);
  return { body: bytes.subarray(0, end), rest: bytes.subarray(end), whole: bytes.length >= end };
}

function unchunked(bytes: Buffer): Cut {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    const start = line + 2;
    const whole = line !== -1 && start + size + 2 <= bytes.length;
    if (!whole || size === 0) {
      return { body: Buffer.concat(parts), rest: bytes.subarray(start + 2), whole };
    }
    parts.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}

function wrongAnswer({ status, type, body }: Answer): string | null {
  if (!STATUSES.has(status)) return `status ${status}`;
  if (body === '' || (status >= 400 && /^text\/(plain|html)/.test(type))) return null;
  if (!/^application\/(graphql-response\+)?json/.test(type)) return `a body of type ${JSON.stringify(type)}`;
  return wrongResult(body);
}

function wrongResult(text: string): string | null {
  try {
    const { errors } = JSON.parse(text) as { errors?: unknown };
    return errors === undefined ? null : wrongErrors(errors);
  } catch {
    return 'a body that is no JSON';
  }
}

function wrongErrors(errors: unknown): string | null {
  if (!Array.isArray(errors) || errors.length === 0) return 'errors that are no list';
  for (const { message, extensions } of errors) {
    if (!CODES.has(extensions?.code)) return `the code ${extensions?.code}`;
    if (typeof message !== 'string' || message === '' || message.length > 1_001)
      return `a message of ${message?.length}`;
  }
  return null;
}

function wrongFrames(bytes: Buffer): string | null {
  const frames = readFrames(bytes);
  if (frames === null) return `frames that no server sends: ${shown(bytes)}`;
  for (const { opcode, payload } of frames) {
    const wrong =
      opcode === 1
        ? wrongMessage(payload.toString('utf8'))
        : opcode === 8
          ? wrongClose(payload)
          : opcode === 9 || opcode === 10
            ? null
            : `a frame of kind ${opcode}`;
    if (wrong) return `${wrong}: ${shown(payload)}`;
  }
  return null;
}

function wrongClose(payload: Buffer): string | null {
  const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1000;
  // A client's own code, of those that it may choose, comes back to it.
  return CLOSE_CODES.has(code) || (code >= 3000 && code < 4400) ? null : `the close code ${code}`;
}

function wrongMessage(text: string): string | null {
  try {
    const { type, payload } = JSON.parse(text) as { type?: string; payload?: { errors?: unknown } };
    if (!MESSAGE_TYPES.has(type ?? '')) return 'a message of no type';
    const errors = type === 'error' ? payload : type === 'next' ? payload?.errors : undefined;
    return errors === undefined ? null : wrongErrors(errors);
  } catch {
    return 'a message that is no JSON';
  }
}
