import { type Random, sometimes, strangeText } from './strange.js';

/** About the tokens of GraphQL; what is none of them is a token of one character. */
const TOKENS = /"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"|\.\.\.|[$@]?[A-Za-z_]\w*|-?\d+(?:\.\d+)?|\S/g;

const PIECES = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ':',
  '!',
  '|',
  '&',
  '...',
  '@',
  '$',
  '"',
  '"""',
  '#',
  '\\',
  '\ufeff',
  '\0',
  '\u2028',
  '9'.repeat(40),
  '-0',
  '1e400',
  '0x10',
  'null',
  'true',
  'on',
  'fragment',
  'query',
  'subscription',
  'extend type Query { a: Int }',
  'schema { query: Query }',
  '__schema { types { name fields { name args { name } } } }',
  '__type(name: "Session") { name }',
  '@include(if: true)',
  '@skip(if: $no)',
  '@deprecated',
  '@defer',
  '$__proto__',
  '"\\ud800"',
  '"\\u{110000}"',
  '"\\u0000"',
] as const;

type Mutation = (tokens: string[], at: number, random: Random) => string[];

const replaceAt = (tokens: string[], at: number, count: number, ...by: string[]) => [
  ...tokens.slice(0, at),
  ...by,
  ...tokens.slice(at + count),
];

const MUTATIONS: readonly Mutation[] = [
  (tokens, at) => replaceAt(tokens, at, 1),
  (tokens, at) => replaceAt(tokens, at, 0, tokens[at] ?? ''),
  (tokens, at, random) => replaceAt(tokens, at, 1, tokens[random.between(0, tokens.length - 1)] ?? ''),
  (tokens, at, random) => replaceAt(tokens, at, 1, random.pick(PIECES)),
  (tokens, at, random) => replaceAt(tokens, at, 0, random.pick(PIECES)),
  (tokens, at, random) => replaceAt(tokens, at, 1, JSON.stringify(strangeText(random))),
  (tokens, at, random) => replaceAt(tokens, at, 1, strangeText(random)),
  (tokens, at) => tokens.slice(0, at),
  (tokens, at) => tokens.slice(at),
  // A stretch of it, again and again.
  (tokens, at, random) => {
    const stretch = tokens.slice(at, at + random.between(1, 8));
    return replaceAt(tokens, at, 0, ...Array(random.between(2, 60)).fill(stretch).flat());
  },
  (tokens, at, random) => replaceAt(tokens, at, 1, ...nesting(random)),
  (tokens, at, random) =>
    replaceAt(tokens, tokens.indexOf('{', sometimes(random, 0.5) ? 0 : at) + 1, 0, ...aliases(random)),
  (tokens, at, random) => replaceAt(tokens, at, 1, 'a'.repeat(random.pick([300, 5_000, 60_000]))),
  (tokens) => [...tokens, 'fragment A on Query { ...B } fragment B on Query { ...A ...B }'],
  (tokens, at) => replaceAt(tokens, at, 0, '...A', '...F0'),
  (tokens, at, random) => replaceAt(tokens, at, 0, `# ${strangeText(random)}\n`),
];

function nesting(random: Random): string[] {
  const depth = random.pick([3, 20, 200, 1_400]);
  const [open, close] = random.pick([
    ['{', '}'],
    ['a {', '}'],
    ['[', ']'],
    ['{not:', '}'],
    ['node(id: "x") { ... on Session {', '} }'],
  ] as const);
  const left = Array<string>(depth).fill(open);
  return sometimes(random, 0.8) ? [...left, ...Array<string>(depth).fill(close)] : left;
}

function aliases(random: Random): string[] {
  const field = random.pick([
    '__typename',
    'sessions(first: 1) { totalCount }',
    'session(sessionId: "s0") { metadata }',
    'id',
  ]);
  return Array.from({ length: random.pick([5, 60, 700]) }, (_, index) => `a${index}: ${field}`);
}

/** The same text with a few things wrong in it. */
export function mutateText(text: string, random: Random): string {
  let tokens: string[] = text.match(TOKENS) ?? [];
  for (let count = random.between(1, 3); count > 0; count--) {
    tokens = random.pick(MUTATIONS)(tokens, random.between(0, Math.max(tokens.length - 1, 0)), random);
  }
  return tokens.join(sometimes(random, 0.9) ? ' ' : '');
}
