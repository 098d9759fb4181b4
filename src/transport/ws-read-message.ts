import { type Message, parseMessage, validateMessage } from 'graphql-ws';
import { inSlices } from '../domain/async/in-slices.js';
import { after, type Later } from '../domain/async/later.js';
import { jsonWeight, MAX_JSON_WEIGHT, weightSteps } from '../domain/json/json-weight.js';
import { parseSteps, TooDeep } from '../domain/json/parse-json.js';
import { findLossyNumber, type LossyNumber } from '../domain/json/written-numbers.js';

/** Characters that are parsed without a pause. No text of so few can weigh too much. */
const AT_ONCE = 64 * 1024;

/** What a client has sent. */
export interface SentMessage {
  /** Null: no message of the protocol. */
  message: Message | null;
  /** A number in it whose digits would be lost. */
  lossy: LossyNumber | null;
  /** Of its bytes, and what it takes when it is parsed. */
  bytes: number;
  weight: number;
}

/** The turns of messages, of so many bytes each. */
export interface MessageTurns {
  /** There when it may take what it weighs. */
  weighs(bytes: number, weight: number): Later<void>;
  /** There when something may be made of it. What is parsed in slices has its turn behind them: nobody is held up by these. */
  begins(bytes: number): Later<void>;
}

/** Null: it holds too many lists, objects and names. */
export function readMessage(text: string, bytes: number, turns: MessageTurns): Later<SentMessage | null> {
  if (text.length > AT_ONCE) return readInSlices(text, bytes, turns);
  return after(turns.begins(bytes), () => readAtOnce(text, bytes));
}

function readAtOnce(text: string, bytes: number): SentMessage {
  const message = orNull(() => parseMessage(text));
  // Where there is one, it is JSON.
  return { message, lossy: message && findLossyNumber(text), bytes, weight: jsonWeight(text) };
}

async function readInSlices(text: string, bytes: number, turns: MessageTurns): Promise<SentMessage | null> {
  const weight = await inSlices(weightSteps(text));
  if (weight > MAX_JSON_WEIGHT) return null;
  await turns.weighs(bytes, weight);
  try {
    const { value, lossy } = await inSlices(parseSteps(text));
    await turns.begins(bytes);
    return { message: orNull(() => validateMessage(value)), lossy, bytes, weight };
  } catch (error) {
    if (error instanceof TooDeep) return null;
    return { message: null, lossy: null, bytes, weight };
  }
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
