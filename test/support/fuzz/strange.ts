import { agentGlobalId, sessionGlobalId } from '../../../src/graphql/global-id.js';
import type { seededRandom } from '../seeded-random.js';

export type Random = ReturnType<typeof seededRandom>;

/** Whether something happens that happens in `share` of all cases. */
export const sometimes = (random: Random, share: number) => random.next() < share;

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Text that has broken a parser, a database or a file system somewhere. Nothing in it looks like what must not leak. */
const TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfffy',
  '\u202eabc\u202c',
  '\ufeff',
  '\u{1f468}\u200d\u{1f469}',
  'İı',
  '￿',
  '\r\n\r\n',
  '../../../../etc/passwd',
  '..\\..\\boot.ini',
  '%00%2e%2e%2f',
  'file:///etc/passwd',
  "'; DROP TABLE sessions; --",
  "' OR '1'='1",
  '") union select 1,2,3 --',
  '$where',
  '$',
  '$set.a',
  'a.$',
  'a.$[].b',
  '__proto__',
  '__proto__.polluted',
  'constructor',
  'constructor.prototype.polluted',
  'toString',
  'hasOwnProperty',
  'a..b',
  '.',
  'a.',
  'tags.0',
  'tags.999999999',
  'tags.-1',
  '{{7*7}}',
  `\${7*7}`,
  '<script>alert(1)</script>',
  'NaN',
  '-0',
  '1e999',
  'null',
  'undefined',
  'true',
  '2025-02-30T00:00:00Z',
  '2025-01-31T09:30:00.000Z',
  '0000-00-00T00:00:00Z',
  '9999-12-31T23:59:60.999999999+23:59',
] as const;

const SESSIONS = ['s0', 's1', 's2', 's3', 's4'] as const;
const AGENTS = ['a0', 'a1', 'a2'] as const;
const PATHS = ['user', 'user.name', 'tags', 'tags.0', 'a.b.c', 'topic', 'score'] as const;

/** Ids and cursors of the shape that the server gives, some of them forged. */
const ISSUED = [
  ...SESSIONS.map(sessionGlobalId),
  ...SESSIONS.map((session) => agentGlobalId(session, 'a0')),
  base64(['Message', 's0', 'a0', 0]),
  base64(['Message', 's0', 'a0', 'ffffffffffffffffffffffffffffffff']),
  base64(['Message', 's0', 'a.b', -1]),
  base64(['Message', '\ud800', '$a\0', 1e300]),
  base64(['Agent', 's0', '__proto__']),
  base64(['Agent', 's0', '$where.x\0']),
  base64({ length: 3 }),
  base64(null),
] as const;

const NUMBERS = [0, -0, 1, -1, 200, 201, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, 5e-324, 0.1, -1.5] as const;

export const strangeText = (random: Random): string => {
  const text = random.pick(TEXTS);
  if (sometimes(random, 0.03)) return text.repeat(random.between(2, 600));
  return sometimes(random, 0.2) ? `${text}${random.pick(TEXTS)}` : text;
};

export const strangeNumber = (random: Random): number => random.pick(NUMBERS);

/** Mostly one that other inputs name too, so that they meet. */
export const sessionId = (random: Random) =>
  sometimes(random, 0.9) ? random.pick(SESSIONS) : strangeText(random);
export const agentId = (random: Random) =>
  sometimes(random, 0.9) ? random.pick(AGENTS) : strangeText(random);
export const metadataPath = (random: Random) =>
  sometimes(random, 0.7) ? random.pick(PATHS) : strangeText(random);
export const issuedId = (random: Random) =>
  sometimes(random, 0.8) ? random.pick(ISSUED) : strangeText(random);

const key = (random: Random): string =>
  random.pick([
    'a',
    'user',
    'text',
    'name',
    '__proto__',
    'constructor',
    'toJSON',
    '$where',
    '$gt',
    'a.b',
    '',
    'length',
  ]);

/** A JSON value of any shape: operators of databases, keys of prototypes, deep nesting. */
export function strangeJson(random: Random, depth = 0): unknown {
  switch (random.between(0, depth > 3 ? 3 : 6)) {
    case 0:
      return strangeText(random);
    case 1:
      return strangeNumber(random);
    case 2:
      return random.pick([null, true, false]);
    case 3:
      return random.pick(['x', 7, 'hello']);
    case 4:
      return Array.from({ length: random.between(0, 4) }, () => strangeJson(random, depth + 1));
    default:
      return depth === 0 && sometimes(random, 0.05)
        ? nested(random.between(50, 800))
        : strangeObject(random, depth);
  }
}

/** As `JSON.parse` gives it: `__proto__` is a key like any other. */
export function strangeObject(random: Random, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: random.between(0, 4) }, () => [key(random), strangeJson(random, depth + 1)]),
  );
}

export function nested(levels: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { not: value };
  return value;
}
