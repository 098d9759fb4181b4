import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { inSlices } from '../domain/async/in-slices.js';
import { isPromise, type Later } from '../domain/async/later.js';
import { jsonWeight, MAX_JSON_WEIGHT, weightSteps } from '../domain/json/json-weight.js';
import { type ParsedJson, parseSteps, TooDeep } from '../domain/json/parse-json.js';
import { findLossyNumber, lossyNumberError } from '../domain/json/written-numbers.js';
import { BadRequest, ClientGone, payloadTooLarge, tooHeavy } from './http-refusal.js';
import { quoted } from './quoted.js';

const JSON_TYPE = 'application/json';
const MEDIA_TYPE = /^\s*([^\s;]+)\s*(?:;(.*))?$/s;
/** Bytes that are decoded and parsed without a pause. No text of so few can weigh too much. */
const AT_ONCE = 64 * 1024;
/** What is shorter weighs little. */
const LIGHT = 8 * 1024;
/** Once so much of it has come, there is room for all that was announced: room that doubles would be copied and collected as often. */
const UNDER_WAY = 256 * 1024;
const CHARSET = /(?:^|;)\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]*))/i;

/** Who is told of what a body takes. */
export interface BodyWatch {
  /** Called as a body that is not whole grows, with its bytes in memory. */
  held?: (bytes: number) => void;
  /** Called with the bytes of the whole body, before anything is made of them. */
  beforeReading?: (bytes: number) => Later<void>;
  /** Called with what it takes when it is parsed, before it is. */
  beforeParsing?: (weight: number) => Later<void>;
  /** There when something may be made of it. What is parsed in slices has its turn behind them: nobody is held up by these. */
  turn?: () => Later<void>;
}

/**
 * The JSON object of a request. Rejects with a BadRequest where it is none, with BAD_USER_INPUT for a number whose digits
 * would be lost, and otherwise as `readBody` does. The type is checked before anything is read: `text/plain` and forms are
 * what any web page may send without being asked. Of a large body no text is made: it is parsed as its bytes.
 */
export async function readJsonObject(
  request: IncomingMessage,
  maxBytes: number,
  watch: BodyWatch = {},
): Promise<Record<string, unknown>> {
  checkContentType(request.headers['content-type']);
  const body = await readBody(request, maxBytes, watch);
  if (body.length > AT_ONCE) {
    const parsed = await parsedInSlices(body, watch);
    await watch.turn?.();
    return objectOf(parsed);
  }
  const text = body.toString();
  if (text.length > LIGHT) await watch.beforeParsing?.(jsonWeight(text));
  const turn = watch.turn?.();
  if (isPromise<void>(turn)) await turn;
  return objectOf(parsed(text));
}

/** BAD_USER_INPUT for a number whose digits would be lost, a BadRequest for what is no object. */
function objectOf({ value, lossy }: ParsedJson): Record<string, unknown> {
  if (lossy) throw lossyNumberError(lossy);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  const kind = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
  const batch = Array.isArray(value) ? ', one operation in each request' : '';
  throw new BadRequest(
    400,
    `The request body is ${kind}. Send a JSON object with a query, such as {"query":"{ __typename }"}${batch}.`,
  );
}

/**
 * The body of a request, which is UTF-8. Rejects with PAYLOAD_TOO_LARGE as soon as more than `maxBytes` are announced or came,
 * with a BadRequest where it is encoded or not UTF-8, and with ClientGone when the client aborts. What was not read
 * is left in the request, paused.
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  watch: BodyWatch = {},
): Promise<Buffer> {
  checkText(request, maxBytes);
  const body = await readBytes(request, maxBytes, watch);
  const turn = watch.beforeReading?.(body.length);
  if (isPromise(turn)) await turn;
  if (!isUtf8(body)) throw new BadRequest(400, 'The request body is not valid UTF-8.');
  return body;
}

function checkText(request: IncomingMessage, maxBytes: number): void {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new BadRequest(
      415,
      `The content-encoding ${quoted(encoding)} is not understood. Send the body as it is.`,
    );
  }
  const charset = charsetOf(request.headers['content-type']);
  if (charset !== null && !/^utf-?8$/i.test(charset)) {
    throw new BadRequest(415, `The charset ${quoted(charset)} is not understood. Send the body in utf-8.`);
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw payloadTooLarge(maxBytes);
}

const NOTHING = Buffer.alloc(0);

function readBytes(request: IncomingMessage, maxBytes: number, watch: BodyWatch): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  return new Promise((resolve, reject) => {
    let body: Buffer = NOTHING;
    let length = 0;

    const onData = (chunk: Buffer) => {
      const newLength = length + chunk.length;
      if (newLength > maxBytes) {
        request.pause();
        return settle(() => reject(payloadTooLarge(maxBytes)));
      }
      // Most bodies are one chunk. Many are not kept one by one: a chunk of one byte takes a hundred in memory.
      if (length === 0) body = chunk;
      else body = appended(body, length, chunk, { most: maxBytes, announced });
      length = newLength;
      if (length < announced) watch.held?.(body.length);
    };
    const onEnd = () => settle(() => resolve(length < body.length ? body.subarray(0, length) : body));
    const onGone = () => settle(() => reject(new ClientGone('the client went away')));

    function settle(act: () => void): void {
      request.off('data', onData).off('end', onEnd).off('close', onGone);
      act();
    }

    // Kept when the others go: an abort that comes later must find a listener too.
    request.on('error', onGone);
    request.on('data', onData).on('end', onEnd).on('close', onGone);
    if (request.destroyed) onGone();
  });
}

/** `chunk` behind the first `length` bytes of `body`, in a buffer that doubles as it fills, up to the most that may come. `announced`: infinite where unknown. */
function appended(
  body: Buffer,
  length: number,
  chunk: Buffer,
  { most, announced }: { most: number; announced: number },
): Buffer {
  const needed = length + chunk.length;
  let room = body;
  if (needed > body.length) {
    const isSure = needed > UNDER_WAY && announced <= most;
    room = Buffer.allocUnsafe(isSure ? announced : Math.min(most, announced, Math.max(needed, 2 * length)));
    body.copy(room, 0, 0, length);
  }
  chunk.copy(room, length);
  return room;
}

function checkContentType(header: string | undefined): void {
  if (header === JSON_TYPE || MEDIA_TYPE.exec(header ?? '')?.[1]?.toLowerCase() === JSON_TYPE) return;
  const what =
    header === undefined
      ? 'The content-type is missing'
      : `The content-type ${quoted(header)} is not understood`;
  throw new BadRequest(415, `${what}. Send ${JSON_TYPE}.`);
}

function charsetOf(contentType: string | undefined): string | null {
  if (contentType === undefined || contentType === JSON_TYPE) return null;
  const [, quoted, plain] = CHARSET.exec(MEDIA_TYPE.exec(contentType)?.[2] ?? '') ?? [];
  return quoted ?? plain ?? null;
}

function parsed(text: string): ParsedJson {
  if (text === '') throw new BadRequest(400, 'The request body is empty. Send a JSON object with a query.');
  try {
    return { value: JSON.parse(text), lossy: findLossyNumber(text) };
  } catch {
    throw notJson();
  }
}

async function parsedInSlices(body: Buffer, watch: BodyWatch): Promise<ParsedJson> {
  const weight = await inSlices(weightSteps(body));
  if (weight > MAX_JSON_WEIGHT) throw tooHeavy();
  await watch.beforeParsing?.(weight);
  try {
    return await inSlices(parseSteps(body));
  } catch (error) {
    throw error instanceof TooDeep ? tooHeavy() : notJson();
  }
}

/** The parser's own text would repeat a piece of the body. */
const notJson = () => new BadRequest(400, 'The request body is not valid JSON.');
