import { Double, Int32, Long } from 'mongodb';
import type { Steps } from '../../../domain/async/in-slices.js';
import type { JsonObject } from '../../../domain/json/json-value.js';
import { isDoc, objectSteps, toJsonObject } from './bson-json.js';

/*
 * Each reads one stored field as the domain wants it. What is missing or of another type is null: documents are
 * written by other programs, too, and a damaged one must not fail a page.
 */

export const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export const objectOrNull = (value: unknown): JsonObject | null =>
  isDoc(value) ? toJsonObject(value) : null;

export function* objectOrNullSteps(value: unknown): Steps<JsonObject | null> {
  return isDoc(value) ? yield* objectSteps(value) : null;
}

/** A Date, or ISO 8601 text as some documents hold it. Without a zone it is UTC, as Python writes it, wherever this runs. */
export function dateOrNull(value: unknown): Date | null {
  const date = typeof value === 'string' && ISO_DATE.test(value) ? new Date(zoned(value)) : value;
  return date instanceof Date && !Number.isNaN(date.getTime()) ? date : null;
}

const ISO_DATE = /^\d{4}-\d\d-\d\d/;
const WITHOUT_ZONE = /^[\d-]+[T ][\d:.]+$/;
const zoned = (text: string): string => (WITHOUT_ZONE.test(text) ? `${text}Z` : text);

/** A safe integer of any BSON number type, also of a document that was read with its types. */
export function integerOrNull(value: unknown): number | null {
  const plain = value instanceof Int32 || value instanceof Double ? value.value : value;
  const number = plain instanceof Long || typeof plain === 'bigint' ? Number(plain) : plain;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
