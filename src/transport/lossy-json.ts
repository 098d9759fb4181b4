import { findLossyNumber, type LossyNumber, mayLoseDigits } from '../domain/written-numbers.js';

/** The first number of a JSON text that would not come back as it is written; null also for a text that is no JSON. */
export function lossyNumberIn(text: string): LossyNumber | null {
  if (!mayLoseDigits(text)) return null;
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  return findLossyNumber(text);
}
