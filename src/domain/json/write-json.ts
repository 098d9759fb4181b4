import { nextSlice, type Steps } from '../async/in-slices.js';
import type { Later } from '../async/later.js';
import { charactersLeft } from './json-size.js';

/** Characters that one step writes, about. */
const STEP = 64 * 1024;

/** Whether one step writes it all. */
export const isOneStep = (value: unknown): boolean => charactersLeft(value, STEP) >= 0;

/** There in the next slice where the value takes several steps: what goes through all of it again is not done in the same turn. */
export const restAfter = (value: unknown): Later<void> => (isOneStep(value) ? undefined : nextSlice());

/**
 * The text that `JSON.stringify` gives of a JSON value, in pieces of about a step, handed to `write` one after the other.
 */
export function* stringifySteps(value: unknown, write: (piece: string) => void): Steps<void> {
  if (isOneStep(value)) {
    write(JSON.stringify(value));
    yield;
  } else if (typeof value === 'string') yield* stringSteps(value, write);
  else if (Array.isArray(value)) yield* listSteps(value, write);
  else yield* objectSteps(value as Record<string, unknown>, write);
}

function* stringSteps(text: string, write: (piece: string) => void): Steps<void> {
  write('"');
  yield* textSteps(text, (piece) => write(JSON.stringify(piece).slice(1, -1)));
  write('"');
}

/** The text itself in such pieces. A pair of surrogates is one character, and is not torn. */
export function* textSteps(text: string, write: (piece: string) => void): Steps<void> {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + STEP);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--;
    write(text.slice(start, end));
    start = end;
    yield;
  }
}

function* listSteps(list: readonly unknown[], write: (piece: string) => void): Steps<void> {
  write('[');
  for (let start = 0; start < list.length; ) {
    if (start > 0) write(',');
    let end = start;
    for (let left = STEP; end < list.length; end++) {
      left = charactersLeft(list[end], left - 1);
      if (left < 0) break;
    }
    if (end === start) yield* stringifySteps(list[end++], write);
    else write(JSON.stringify(list.slice(start, end)).slice(1, -1));
    start = end;
    yield;
  }
  write(']');
}

function* objectSteps(
  object: Readonly<Record<string, unknown>>,
  write: (piece: string) => void,
): Steps<void> {
  const keys = Object.keys(object);
  let first = true;
  const separate = () => {
    if (!first) write(',');
    first = false;
  };
  write('{');
  for (let start = 0; start < keys.length; ) {
    let end = start;
    for (let left = STEP; end < keys.length; end++) {
      const key = keys[end] as string;
      left = charactersLeft(object[key], left - key.length - 4);
      if (left < 0) break;
    }
    if (end === start) {
      const key = keys[end++] as string;
      separate();
      yield* stringSteps(key, write);
      write(':');
      yield* stringifySteps(object[key], write);
    } else {
      // What is undefined leaves no member.
      const run = JSON.stringify(Object.fromEntries(keys.slice(start, end).map((key) => [key, object[key]])));
      if (run !== '{}') {
        separate();
        write(run.slice(1, -1));
      }
    }
    start = end;
    yield;
  }
  write('}');
}

const isHighSurrogate = (code: number) => code >= 0xd800 && code <= 0xdbff;
