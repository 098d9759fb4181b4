import { ParleyError } from './domain/errors.js';
import { checkMetadataPaths } from './domain/sessions/names.js';

/** From the text of a variable to its value. Throws WrongValue. */
export type Parse<T> = (text: string) => T;

/** One variable, and the flag that mirrors it. */
export interface Setting<T> {
  readonly variable: string;
  /** As it would be written; undefined: the setting is off. */
  readonly fallback: string | undefined;
  readonly unset: T;
  readonly parse: Parse<T>;
  /** One line, for the help and the documentation. */
  readonly meaning: string;
  /** Never echoed, not even when it is wrong. */
  readonly secret?: true;
}

/** `message` says what would be right, to follow "PORT is "x", but". */
export class WrongValue extends Error {
  override readonly name = 'WrongValue';
}

export function integer(min: number, max: number): Parse<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new WrongValue(`it takes a whole number from ${min} to ${max}`);
  };
}

/** In any case, as it is usually typed. */
export function oneOf<const T extends string>(values: readonly T[]): Parse<T> {
  return (text) => {
    const found = values.find((value) => value.toLowerCase() === text.trim().toLowerCase());
    if (found !== undefined) return found;
    throw new WrongValue(`it takes one of ${values.join(', ')}`);
  };
}

/** With one item at least. */
export function someOf(parse: Parse<readonly string[]>, right: string): Parse<readonly string[]> {
  return (text) => {
    const items = parse(text);
    if (items.length > 0) return items;
    throw new WrongValue(right);
  };
}

/** One of two words. */
export function either(yes: string, no: string): Parse<boolean> {
  const parse = oneOf([yes, no]);
  return (text) => parse(text) === yes;
}

/** Items between commas, without the spaces around them; empty ones are left out. */
export function commaList(parse: Parse<string>): Parse<readonly string[]> {
  return (text) => {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    return Object.freeze([...new Set(items.map(parse))]);
  };
}

export const metadataPaths: Parse<readonly string[]> = commaList((path) => {
  checkPaths([path], 'it takes dotted paths between commas, such as user.id,topic');
  return path;
});

/** Throws a WrongValue with what is right, and what is wrong with the paths: each by itself, and beside the others. */
function checkPaths(paths: readonly string[], right: string): void {
  try {
    checkMetadataPaths(paths);
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    throw new WrongValue(`${right} (${error.message.replace(/\.$/, '')})`);
  }
}

/** A name or an address alone, in lower case; an IPv6 address with or without its brackets. */
export function hostName(text: string): string {
  const host = text.trim().replace(/^\[(.*)\]$/, '$1');
  if (/^[\w.-]+$/.test(host) || /^[\da-f:.]*:[\da-f:.]*:[\da-f:.]*(%\w+)?$/i.test(host))
    return host.toLowerCase();
  throw new WrongValue(
    'it takes names or addresses without scheme, port or path, such as 127.0.0.1 or localhost',
  );
}

/** The name of an HTTP header, in lower case. */
export function headerName(text: string): string {
  if (/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(text) && text !== '*') return text.toLowerCase();
  throw new WrongValue('it takes names of headers between commas, such as x-request-id');
}

/** As a browser sends it: scheme, host, and the port where it is not the scheme's own. */
export function webOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  throw new WrongValue('it takes origins of http or https without a path, such as https://app.example.org');
}

/** A file's path: `:memory:` would be another database to each of the threads that open it. */
export function sqlitePath(text: string): string {
  if (text.trim() !== '' && !text.includes('\0') && !/^(:memory:|file:)|:\/\//i.test(text)) return text;
  throw new WrongValue('it takes the path of a file, such as ./data/parley.db');
}

/** The driver checks the options; here it is what people mistype: the scheme, the hosts, a password not encoded. */
export function mongoUri(text: string): string {
  const match = /^mongodb(\+srv)?:\/\/([^/?#]*)/.exec(text.trim());
  if (!match) throw new WrongValue('it takes a URI such as mongodb://localhost:27017 or mongodb+srv://…');
  const parts = (match[2] ?? '').split('@');
  const hosts = (parts.at(-1) ?? '').split(',');
  if (parts.length <= 2 && hosts.every((host) => /^(\[[\da-f:.]+\]|[^\s:[\]]+)(:\d{1,5})?$/i.test(host))) {
    return text.trim();
  }
  throw new WrongValue(
    'its hosts cannot be read; percent-encode : / ? # [ ] @ in its user name and password',
  );
}

export function mongoDatabase(text: string): string {
  if (/^[^\0\s/\\."$*<>:|?]+$/.test(text) && Buffer.byteLength(text) < 64) return text;
  throw new WrongValue('it takes a name of at most 63 bytes without spaces and any of /\\."$*<>:|?');
}

export function mongoCollection(text: string): string {
  if (/^[^\0$]+$/.test(text) && !/^system\.|^\.|\.$|:\/\//.test(text) && Buffer.byteLength(text) <= 200)
    return text;
  throw new WrongValue('it takes a name without $ that does not begin with system. or a dot');
}

/** The path of a JavaScript module. */
export const modulePath: Parse<string> = (text) => {
  if (/\.[cm]?js$/.test(text) && !text.includes('\0') && !text.includes('://')) return text;
  throw new WrongValue('it takes the path of a JavaScript module, such as ./hooks.js');
};

/** The path of a file. */
export const filePath: Parse<string> = (text) => {
  if (!text.includes('\0') && !text.includes('://')) return text;
  throw new WrongValue('it takes the path of a file');
};

/** Anything without spaces and control characters that is no URL with credentials. */
export const word: Parse<string> = (text) => {
  if (/^[\x21-\x7e]{1,512}$/.test(text) && !/:\/\/.*@/.test(text)) return text;
  throw new WrongValue('it takes a word of printable characters without spaces');
};

/** An address of the web, without credentials. */
export const webUrl: Parse<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return text;
  throw new WrongValue('it takes an address such as https://id.example.org');
};

/** `user.id=sub,team=org`: metadata paths, and the claims whose values they must hold. */
export const claimMatch: Parse<Readonly<Record<string, string>>> = (text) => {
  const pairs = text.split(',').map((pair): [path: string, claim: string] => {
    const [path = '', claim = '', ...more] = pair.trim().split('=');
    if (more.length === 0 && /^[\w:./-]+$/.test(claim)) return [path.trim(), claim];
    throw new WrongValue('it takes metadata paths and claims, such as user.id=sub,team=org');
  });
  // Of two claims for one path the last would count, and a limit be lost.
  checkPaths(
    pairs.map(([path]) => path),
    'it takes metadata paths and claims, such as user.id=sub,team=org',
  );
  return Object.freeze(Object.fromEntries(pairs));
};

const NONE: readonly string[] = Object.freeze([]);

export function optional(variable: string, parse: Parse<string>, meaning: string): Setting<string | null> {
  return { variable, fallback: undefined, unset: null, parse, meaning };
}

export function setting<T>(variable: string, fallback: string, parse: Parse<T>, meaning: string): Setting<T> {
  return { variable, fallback, unset: parse(fallback), parse, meaning };
}

export function list(
  variable: string,
  parse: Parse<readonly string[]>,
  meaning: string,
): Setting<readonly string[]> {
  return { variable, fallback: undefined, unset: NONE, parse, meaning };
}
