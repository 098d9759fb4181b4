import type { ReplyBlock, ReplyBlockHead, ReplyPart } from './model.js';
import { PIECE_LENGTH } from './reply-inputs.js';

/** The text of one reply so far: what was appended to which block, in order. */
export interface ReplyText {
  /** In UTF-16 code units. */
  readonly length: number;
  /** How many blocks have begun. */
  readonly blockCount: number;
  /** In how many pieces it is kept: a new one begins wherever the text goes on in another block. */
  readonly pieces: number;
  /** What it takes in memory, in characters, about: its text and what its blocks are called, a piece and a block as some. */
  readonly held: number;
  /** Tells it from any other text, also for who does not keep it. */
  readonly mark: symbol;
  /** A short hash of everything, the same however it was cut into parts. */
  readonly hash: number;
  head(block: number): ReplyBlockHead | undefined;
  append(parts: readonly ReplyPart[]): void;
  /**
   * What comes after `offset`, in parts as long as they can be. Blocks from `blocks` on begin in turn: one that has no text yet where a
   * later one begins comes as a part without text first.
   */
  since(offset: number, blocks?: number): ReplyPart[];
  blocks(): ReplyBlock[];
  /** How many blocks have text before `offset`, or a later block has. */
  blocksBefore(offset: number): number;
  /** The hash of the first `offset` units. */
  hashAt(offset: number): number;
}

/** A longer run is not appended to: what is cut out of it is copied whole first. */
const RUN_LENGTH = 4_096;

/** Characters between two places of which the hash is known. */
const MARKED_EVERY = 4_096;

interface Run {
  block: number;
  start: number;
  text: string;
}

export function createReplyText(parts: readonly ReplyPart[] = []): ReplyText {
  const heads: ReplyBlockHead[] = [];
  const runs: Run[] = [];
  /** The hash of what comes before every so many characters: none is gone through twice for what lies far behind it. */
  const marks: number[] = [START];
  /** Of the heads of blocks. */
  let named = 0;
  /** What was appended last: readers that keep up want that, and nothing has to be cut out of a run for it. */
  let latest: Run = { block: 0, start: 0, text: '' };

  /** The run that holds the character at `offset`, or the end. */
  const runAt = (offset: number): number => {
    let [low, high] = [0, runs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const run = runs[middle] as Run;
      if (run.start + run.text.length <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  /** Goes on with the hash of everything, and notes it at each mark that it passes. */
  function hashOn(block: number, piece: string): void {
    for (let from = 0; from < piece.length; ) {
      const end = Math.min(piece.length, from + MARKED_EVERY - (text.length % MARKED_EVERY));
      text.hash = hashed(text.hash, block, piece, from, end);
      text.length += end - from;
      from = end;
      if (text.length % MARKED_EVERY === 0) marks.push(text.hash);
    }
  }

  const text = {
    length: 0,
    blockCount: 0,
    pieces: 0,
    held: 0,
    hash: START,
    mark: Symbol('text'),
    head: (block: number): ReplyBlockHead | undefined => heads[block],
    append(added: readonly ReplyPart[]): void {
      for (const { block, text: piece, kind, toolUseId, name, status } of added) {
        if (!heads[block]) {
          heads[block] = { kind, toolUseId, name, status };
          named += (toolUseId?.length ?? 0) + (name?.length ?? 0);
        }
        if (piece === '') continue;
        const last = runs.at(-1);
        if (last && last.block === block && last.text.length < RUN_LENGTH) last.text += piece;
        else runs.push({ block, start: text.length, text: piece });
        latest = { block, start: text.length, text: piece };
        hashOn(block, piece);
      }
      text.blockCount = heads.length;
      text.pieces = runs.length;
      text.held = text.length + named + (runs.length + heads.length) * PIECE_LENGTH;
    },
    since(offset: number, blocks = 0): ReplyPart[] {
      if (offset === latest.start && offset < text.length && blocks >= heads.length) {
        const { block, text: piece } = latest;
        return [partOf(heads[block] as ReplyBlockHead, block, piece)];
      }
      const found: ReplyPart[] = [];
      let next = blocks;
      const beginUpTo = (end: number) => {
        for (; next < end; next++) found.push(partOf(heads[next] as ReplyBlockHead, next, ''));
      };
      for (const { block, start, text: piece } of runs.slice(runAt(offset))) {
        beginUpTo(block);
        next = Math.max(next, block + 1);
        const cut = start < offset ? piece.slice(offset - start) : piece;
        const last = found.at(-1);
        if (last?.block === block) last.text += cut;
        else found.push(partOf(heads[block] as ReplyBlockHead, block, cut));
      }
      beginUpTo(heads.length);
      return found;
    },
    blocks(): ReplyBlock[] {
      const texts = heads.map((): string[] => []);
      for (const { block, text: piece } of runs) texts[block]?.push(piece);
      return heads.map((head, block) => ({ block, text: (texts[block] as string[]).join(''), ...head }));
    },
    blocksBefore(offset: number): number {
      let count = 0;
      for (const { block, start } of runs) if (start < offset) count = Math.max(count, block + 1);
      return count;
    },
    hashAt(offset: number): number {
      const mark = Math.min(Math.floor(offset / MARKED_EVERY), marks.length - 1);
      let found = marks[mark] as number;
      let at = mark * MARKED_EVERY;
      for (let index = runAt(at); index < runs.length && at < offset; index++) {
        const { block, start, text: piece } = runs[index] as Run;
        const end = Math.min(piece.length, offset - start);
        found = hashed(found, block, piece, at - start, end);
        at = start + end;
      }
      return found;
    },
  };
  text.append(parts);
  return text;
}

export const partOf = (
  { kind, toolUseId, name, status }: ReplyBlockHead,
  block: number,
  text: string,
): ReplyPart => ({ block, text, kind, toolUseId, name, status });

/** How much text the parts have together. */
export const lengthOf = (parts: readonly ReplyPart[]): number =>
  parts.reduce((sum, { text }) => sum + text.length, 0);

// FNV-1a over units, each with its block.
const START = 0x811c9dc5;
function hashed(before: number, block: number, text: string, from: number, end: number): number {
  let hash = before;
  const salt = Math.imul(block, 0x10001);
  for (let index = from; index < end; index++) {
    hash = Math.imul(hash ^ (text.charCodeAt(index) + salt), 0x01000193);
  }
  return hash >>> 0;
}

/** The first `length` characters of the parts, with the blocks below `blocks` alone, of which the reader knows the first `begun`. */
export function cutParts(
  parts: readonly ReplyPart[],
  length: number,
  blocks: number,
  begun = 0,
): ReplyPart[] {
  let left = length;
  let known = begun;
  return parts.flatMap((part) => {
    const text = part.text.slice(0, left);
    left -= text.length;
    const begins = part.block >= known && part.block < blocks;
    known = Math.max(known, part.block + 1);
    return text !== '' || begins ? [{ ...part, text }] : [];
  });
}
