import type { JsonObject } from '../domain/json/json-value.js';
import type { ReplyPart } from '../domain/replies/model.js';
import type { ReplyPiece } from '../domain/replies/reply-piece.js';

/*
 * The chunks of a framework's stream as a reply: what they say as text, thoughts and calls, which everybody can follow, and beside it a block of data
 * with lines, which refer to that for the text. So the chunks are read back as they were, and nothing is stored twice.
 */

/**
 * The chunk `c`, without its member `m`: that says the next `n` units of block `b`, or is their JSON (`j`). With `o` it says all that comes in
 * the block, in as many chunks, up to the next line, where `u` is how much that was. `k`: which chunk it is, where that is told.
 */
interface Line {
  c: JsonObject;
  k?: number;
  m?: string;
  b?: number;
  n?: number;
  j?: true;
  o?: true;
  u?: number;
}

type ShownPiece = Exclude<ReplyPiece, string>;

export interface ChunkWriter {
  /** The first piece of a new reply. */
  head: ReplyPiece;
  /**
   * `shown`: what people are to read of the chunk, in blocks with ids; one piece at most has a text. `key`: which chunk it is. `joins`: it
   * may be read back as one with those before it that differ in what they say alone.
   */
  pieces(
    chunk: JsonObject,
    shown: readonly ReplyPiece[],
    how?: { key?: number; joins?: boolean },
  ): ReplyPiece[];
}

/** `form` names the chunks; `blocks`: those of a reply that is gone on with. */
export function createChunkWriter(form: string, blocks: readonly ReplyPart[] = []): ChunkWriter {
  /** As the writer of the reply numbers them: each in the order of its first piece. */
  const numbers = new Map<string, number>(
    blocks.flatMap(({ block, kind, toolUseId }) =>
      toolUseId === null ? [] : [[`${kind} ${toolUseId}`, block] as const],
    ),
  );
  let count = Math.max(blocks.length, 1);
  const numberOf = (piece: ShownPiece): number => {
    const name = `${piece.kind ?? 'text'} ${'toolUseId' in piece ? piece.toolUseId : 'id' in piece ? piece.id : ''}`;
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, count);
    return count++;
  };
  const data = (text: string): ReplyPiece => ({ kind: 'data', name: form, text });
  /** Chunks that are joined, while they come. */
  let run: { of: string; units: number } | null = null;

  return {
    head: data(''),
    pieces(chunk, shown, { key, joins = false } = {}) {
      let line: Line = { c: chunk };
      for (const given of shown) {
        const piece = typeof given === 'string' ? { text: given } : given;
        const block = numberOf(piece);
        const { text } = piece;
        if (text === '') continue;
        // Half of a character goes into the block with its other half, which may never come.
        const said = joins || text.isWellFormed() ? memberThatSays(chunk, text) : null;
        line = { ...line, b: block, n: text.length };
        if (!said) continue;
        const { [said.member]: _said, ...rest } = chunk;
        line = { ...line, c: rest, m: said.member, ...(said.json ? { j: true } : {}) };
      }
      const { m, b, n = 0, j } = line;
      const isRun = joins && m !== undefined && !j;
      const of = JSON.stringify([line.c, m, b]);
      if (isRun && run?.of === of) {
        run.units += n;
        return [...shown];
      }
      const before = run ? { u: run.units } : {};
      run = isRun ? { of, units: n } : null;
      const { n: _n, ...open } = line;
      const written = {
        ...(isRun ? { ...open, o: true } : line),
        ...before,
        ...(key === undefined ? {} : { k: key }),
      };
      return [...shown, data(`${JSON.stringify(written)}\n`)];
    },
  };
}

function memberThatSays(chunk: JsonObject, text: string): { member: string; json: boolean } | null {
  for (const [member, value] of Object.entries(chunk)) if (value === text) return { member, json: false };
  for (const [member, value] of Object.entries(chunk)) {
    if (typeof value !== 'string' && JSON.stringify(value) === text) return { member, json: true };
  }
  return null;
}

export interface LoggedChunk {
  chunk: JsonObject;
  key: number | undefined;
  /** Where it stands: its line and, of one of several that a line stands for, how much those before it say, in its member `says`. */
  at: { line: number; units: number };
  says: string | undefined;
}

/** Reads the chunks of a reply from its parts, in order. */
export interface ChunkReader {
  /** Those that are whole now. */
  feed(parts: readonly ReplyPart[]): LoggedChunk[];
}

/** `form`: that of the writer; lines of others are none. */
export function createChunkReader(form: string): ChunkReader {
  const texts = new Map<number, { text: string; read: number }>();
  const textOf = (block: number) => {
    const known = texts.get(block) ?? { text: '', read: 0 };
    texts.set(block, known);
    return known;
  };
  let rest = '';
  const waiting: Line[] = [];
  let line = -1;
  let run: { c: JsonObject; m: string; b: number; units: number } | null = null;

  /** What has come of the chunks that are joined, up to so much. */
  function* joined(most: number): Generator<LoggedChunk> {
    if (!run) return;
    const { c, m, b, units } = run;
    const held = textOf(b);
    const text = held.text.slice(held.read, held.read + most - units);
    if (text === '') return;
    held.read += text.length;
    run.units += text.length;
    yield { chunk: { ...c, [m]: text }, key: undefined, at: { line, units }, says: m };
  }

  function* read(): Generator<LoggedChunk> {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const { c, m, b = -1, n = 0, j, k, o, u = 0 } = next;
      yield* joined(u);
      const held = textOf(b);
      const end = held.read + n;
      if ((run?.units ?? u) < u || (m !== undefined && held.text.length < end)) return;
      waiting.shift();
      line++;
      run = o && m !== undefined ? { c, m, b, units: 0 } : null;
      if (run) continue;
      const text = held.text.slice(held.read, end);
      held.read = end;
      const chunk = m === undefined ? c : { ...c, [m]: j ? JSON.parse(text) : text };
      yield { chunk, key: k, at: { line, units: 0 }, says: undefined };
    }
    yield* joined(Number.POSITIVE_INFINITY);
  }

  return {
    feed(parts) {
      for (const { kind, block, name, text } of parts) {
        if (kind !== 'data') textOf(block).text += text;
        else if (name === form) rest += text;
      }
      const end = rest.lastIndexOf('\n') + 1;
      for (const text of rest.slice(0, end).split('\n'))
        if (text !== '') waiting.push(JSON.parse(text) as Line);
      rest = rest.slice(end);
      return [...read()];
    },
  };
}

/** What of a chunk comes after a place up to which it was read before; null for nothing. `units`: those of its line that were read. */
export function chunkAfter(
  { chunk, at, says }: LoggedChunk,
  before: { line: number; units: number },
): { chunk: JsonObject; before: { line: number; units: number } } | null {
  const text = says === undefined ? '' : String(chunk[says]);
  const after = { line: at.line, units: at.units + text.length };
  if (at.line > before.line) return { chunk, before: after };
  if (at.line < before.line || says === undefined || after.units <= before.units) return null;
  return { chunk: { ...chunk, [says]: text.slice(before.units - at.units) }, before: after };
}
