import { ServerError } from '../errors.js';
import type { Since } from '../options.js';

/** From 5.0 on what fails while documents are worked on says in which part of the server. */
export function during<T>(part: string, since: Since, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ServerError) || !since('5.0')) throw error;
    const { code, message, labels, more, codeName } = error;
    throw new ServerError(code, `${part} :: caused by :: ${message}`, labels, more, codeName);
  }
}
