import { badInput } from '../domain/errors.js';

/** What a timer of Node takes at most, in milliseconds. */
const MOST_MS = 4_294_967_295;

interface Checked {
  url: string;
  timeout?: number;
  retries?: number;
}

/** BAD_USER_INPUT, in which no credential stands. */
export function checkOptions({ url, timeout, retries }: Checked): void {
  const address = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null;
  if (!address || !/^https?:\/\/[^/]/.test(url)) {
    throw badInput(
      `url must be an address such as http://127.0.0.1:4000/graphql; it is ${JSON.stringify(withoutUser(url))}.`,
    );
  }
  // No request may name them in its address, and errors do.
  if (address.username !== '' || address.password !== '')
    throw badInput('url takes no user name and password; give a key or a token as authorization.');
  if (timeout !== undefined && !(Number.isSafeInteger(timeout) && timeout > 0 && timeout <= MOST_MS))
    throw badInput(`timeout must be a whole number of milliseconds from 1 to ${MOST_MS}.`);
  if (retries !== undefined && !((Number.isSafeInteger(retries) || retries === Infinity) && retries >= 0))
    throw badInput('retries must be a whole number from 0 on.');
}

const withoutUser = (url: unknown) => (typeof url === 'string' ? url.replace(/:\/\/.*@/s, '://…@') : url);
