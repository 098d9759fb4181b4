import { type ReadBudget, ROW_BYTES, unbounded } from '../../../domain/read-budget.js';
import { type Doc, isDoc } from '../documents/bson-json.js';
import { integerOrNull } from '../documents/field-values.js';

/** Up to here, all documents together, what is large comes along with its size: most reads stay one command. */
const AT_ONCE_BYTES = 1024 * 1024;
/** More than a document can have. */
const EVERYTHING = 2 ** 30;

/** `{bytes, value}`: the value, a document, only where it has at most `most` bytes. */
export const sized = (value: unknown, most: number) => ({
  $let: {
    vars: { v: value },
    in: {
      $let: {
        vars: { bytes: { $bsonSize: '$$v' } },
        in: { bytes: '$$bytes', value: { $cond: [{ $lte: ['$$bytes', most] }, '$$v', null] } },
      },
    },
  },
});

/** What `sized` has given. */
export const sizedValue = (field: unknown): Doc => (isDoc(field) && isDoc(field.value) ? field.value : {});

/**
 * Runs `read` with the bytes that a sized field may have: where some are larger, it is run again as soon as the budget lets all
 * of it through. `fields` names the sized ones.
 */
export async function readSized(
  read: (most: number) => Promise<Doc[]>,
  fields: readonly string[],
  count: number,
  budget: ReadBudget = unbounded,
): Promise<Doc[]> {
  if (budget === unbounded) return read(EVERYTHING);
  const docs = await read(Math.floor(AT_ONCE_BYTES / Math.max(1, count * fields.length)));
  const taken = await take(budget, bytesOf(docs, fields));
  if (docs.every((doc) => isWhole(doc, fields))) return docs;
  const whole = await read(EVERYTHING);
  // What has grown meanwhile is here already; it counts all the same.
  await take(budget, Math.max(0, bytesOf(whole, fields) - taken));
  return whole;
}

async function take(budget: ReadBudget, bytes: number): Promise<number> {
  if (!budget.takeNow(bytes)) await budget.take(bytes);
  return bytes;
}

const sizedIn = (doc: Doc, fields: readonly string[]): Doc[] =>
  fields.map((field) => doc[field]).filter(isDoc);

const isWhole = (doc: Doc, fields: readonly string[]): boolean =>
  sizedIn(doc, fields).every(({ value }) => value !== null);

const bytesOf = (docs: readonly Doc[], fields: readonly string[]): number =>
  docs
    .flatMap((doc) => [ROW_BYTES, ...sizedIn(doc, fields).map(({ bytes }) => integerOrNull(bytes) ?? 0)])
    .reduce((sum, bytes) => sum + bytes, 0);
