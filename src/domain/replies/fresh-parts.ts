import { badInput, ParleyError } from '../errors.js';
import { checkWellFormed } from '../sessions/check-json.js';
import { quote } from '../sessions/names.js';
import { BLOCK_KINDS, type ReplyBlockHead, type ReplyPart } from './model.js';
import {
  MAX_PARTS_PER_CALL,
  MAX_REPLY_BLOCKS,
  MAX_REPLY_LENGTH,
  MAX_REPLY_PIECES,
  type PartInput,
} from './reply-inputs.js';
import { lengthOf, partOf, type ReplyText } from './reply-text.js';

const MAX_HEAD_LENGTH = 512;

/** BAD_USER_INPUT for what no reply could take. */
export function checkParts(parts: readonly PartInput[]): void {
  if (parts.length > MAX_PARTS_PER_CALL) {
    throw badInput(`parts holds ${parts.length} parts; it takes at most ${MAX_PARTS_PER_CALL}.`);
  }
  for (let index = 0; index < parts.length; index++) checkPart(parts[index] as PartInput, index);
}

function checkPart({ block, text, toolUseId, name }: PartInput, index: number): void {
  if (!Number.isInteger(block) || block < 0 || block >= MAX_REPLY_BLOCKS) {
    throw badInput(
      `${at(index)}.block is ${block}; it must be a whole number from 0 to ${MAX_REPLY_BLOCKS - 1}.`,
    );
  }
  if (typeof text !== 'string') throw badInput(`${at(index)}.text must be a string.`);
  checkWellFormed(text, `${at(index)}.text`);
  checkName(toolUseId, index, 'toolUseId');
  checkName(name, index, 'name');
}

function checkName(value: unknown, index: number, field: 'toolUseId' | 'name'): void {
  if (value === null || value === undefined) return;
  if (typeof value !== 'string' || value.length > MAX_HEAD_LENGTH) {
    throw badInput(`${at(index)}.${field} must be a string of at most ${MAX_HEAD_LENGTH} characters.`);
  }
  checkWellFormed(value, `${at(index)}.${field}`);
}

const at = (index: number) => `parts[${index}]`;

/**
 * Of parts that begin at `offset`, which is not beyond the text, those that the text does not have yet. BAD_USER_INPUT where a block
 * is out of turn or changes what it is, IDEMPOTENCY_CONFLICT where the text has something else there, DOCUMENT_TOO_LARGE.
 */
export function freshParts(text: ReplyText, offset: number, given: readonly PartInput[]): ReplyPart[] {
  const parts = withHeads(text, given);
  const fresh = offset === text.length ? parts : beyond(text, offset, parts);
  const length = text.length + lengthOf(fresh);
  if (length > MAX_REPLY_LENGTH) {
    throw new ParleyError(
      'DOCUMENT_TOO_LARGE',
      `The reply would have ${length} characters; at most ${MAX_REPLY_LENGTH} are allowed. Finish it, and go on in another.`,
      { details: { maxCharacters: MAX_REPLY_LENGTH } },
    );
  }
  let { pieces } = text;
  for (let n = 0; n < fresh.length; n++) if (fresh[n]?.block !== fresh[n - 1]?.block) pieces++;
  if (pieces > MAX_REPLY_PIECES) {
    throw new ParleyError(
      'DOCUMENT_TOO_LARGE',
      `The reply would go from one block to another ${pieces} times; at most ${MAX_REPLY_PIECES} are allowed. Send more of one block at once, or finish it, and go on in another.`,
      { details: { maxPieces: MAX_REPLY_PIECES } },
    );
  }
  return fresh;
}

function withHeads(text: ReplyText, given: readonly PartInput[]): ReplyPart[] {
  const begun: ReplyBlockHead[] = [];
  return given.map((part, index) => {
    const { block } = part;
    const known = text.head(block) ?? begun[block - text.blockCount];
    if (known) {
      if (changes(known, part)) refuseChange(known, part, at(index));
      return partOf(known, block, part.text);
    }
    const next = text.blockCount + begun.length;
    if (block !== next) throw badInput(`${at(index)}.block is ${block}; the next block is ${next}.`);
    const head = newHead(part, at(index));
    begun.push(head);
    return partOf(head, block, part.text);
  });
}

function newHead(part: PartInput, where: string): ReplyBlockHead {
  const { kind = 'text', toolUseId = null, name = null, status = null } = part;
  const chosen = kind ?? 'text';
  if (!BLOCK_KINDS.includes(chosen))
    throw badInput(`${where}.kind must be one of ${BLOCK_KINDS.join(', ')}.`);
  const ofTool = chosen === 'tool-input' || chosen === 'tool-result';
  const needs = (field: keyof ReplyBlockHead, value: unknown, wanted: boolean) => {
    if (!wanted && value !== null) throw badInput(`${where}.${field} is for no block of kind ${chosen}.`);
  };
  needs('toolUseId', toolUseId, ofTool);
  needs('name', name, chosen === 'tool-input' || chosen === 'data');
  needs('status', status, chosen === 'tool-result');
  if (ofTool && toolUseId === null)
    throw badInput(`${where} begins a block of a tool: it needs a toolUseId.`);
  if (chosen === 'tool-input' && name === null)
    throw badInput(`${where} begins the input of a tool: it needs a name.`);
  if (chosen === 'data' && name === null)
    throw badInput(`${where} begins data: it needs a name, which tells its form.`);
  if (status !== null && status !== 'success' && status !== 'error')
    throw badInput(`${where}.status must be success or error.`);
  return { kind: chosen, toolUseId, name, status };
}

/** A part may repeat what its block is, and not change it. */
const changes = (known: ReplyBlockHead, { kind, toolUseId, name, status }: PartInput): boolean =>
  isOther(kind, known.kind) ||
  isOther(toolUseId, known.toolUseId) ||
  isOther(name, known.name) ||
  isOther(status, known.status);

const isOther = (given: unknown, known: unknown) => given !== undefined && given !== null && given !== known;

function refuseChange(known: ReplyBlockHead, part: PartInput, where: string): void {
  for (const field of ['kind', 'toolUseId', 'name', 'status'] as const) {
    const given = part[field] ?? null;
    if (given === null || given === known[field]) continue;
    throw badInput(
      `${where}.${field} is ${quote(given)}, and block ${part.block} began with ${known[field] === null ? 'none' : quote(known[field])}.`,
    );
  }
}

/** What comes after the end of the text; what comes before has to be there already. */
function beyond(text: ReplyText, offset: number, parts: readonly ReplyPart[]): ReplyPart[] {
  const there = text.since(offset, Number.POSITIVE_INFINITY);
  const fresh: ReplyPart[] = [];
  let [run, used] = [0, 0];
  for (const part of parts) {
    let left = part.text;
    while (left !== '' && run < there.length) {
      const stored = there[run] as ReplyPart;
      const length = Math.min(left.length, stored.text.length - used);
      if (stored.block !== part.block || stored.text.slice(used, used + length) !== left.slice(0, length)) {
        throw differs(offset);
      }
      left = left.slice(length);
      used += length;
      if (used === stored.text.length) [run, used] = [run + 1, 0];
    }
    const isNew = part.block >= text.blockCount && !fresh.some(({ block }) => block === part.block);
    if (left !== '' || isNew) fresh.push({ ...part, text: left });
  }
  return fresh;
}

const differs = (offset: number) =>
  new ParleyError(
    'IDEMPOTENCY_CONFLICT',
    `The reply has other text after offset ${offset}: what was written before cannot be changed. Go on from its end.`,
  );
