import fc from 'fast-check';

/*
 * JSON as text, so that its numbers may be such as no double holds and its strings such as no database keeps.
 */

const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }).map(String),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.integer({ min: -330, max: 330 }))
    .map(([digits, power]) => `${digits}e${power}`),
  fc.tuple(fc.integer(), fc.bigInt({ min: 0n, max: 10n ** 19n })).map(([whole, rest]) => `${whole}.${rest}`),
  fc.constantFrom(
    '-0',
    '0.0',
    '1.0',
    '1E5',
    '100000000000000000000',
    '1e20',
    '9007199254740991',
    '9007199254740993',
    '5e-324',
    '1e999',
    '0.1',
  ),
);

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom(
    '',
    '\0',
    '\ud83d',
    '2025-01-31T09:30:00.000Z',
    '1234567890123456789',
    '0123456789abcdef01234567',
    'aGk=',
  ),
);

const key = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 5 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '_bsontype',
    '$ref',
    '$id',
    '$db',
    '$date',
    'a.b',
    '',
    '10',
    'text',
    'a\0b',
    '\udc00',
  ),
);

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false'),
    number,
    text.map((each) => JSON.stringify(each)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 4, selector: ([name]) => name })
      .map((members) => `{${members.map(([name, each]) => `${JSON.stringify(name)}:${each}`).join(',')}}`),
  ),
}));

/** Any JSON value as its text. */
export const oddJson = value;

/** Base64 of bytes, in either alphabet, padded or not, or wrapped as Strands in Python does; with what it is in the standard one. */
export const oddBytes = fc
  .tuple(fc.uint8Array({ maxLength: 9 }), fc.constantFrom('standard', 'url', 'unpadded', 'wrapped'))
  .map(([bytes, form]) => {
    const standard = Buffer.from(bytes).toString('base64');
    const url = standard.replaceAll('+', '-').replaceAll('/', '_');
    const sent =
      form === 'standard'
        ? standard
        : form === 'url'
          ? url
          : form === 'unpadded'
            ? url.replaceAll('=', '')
            : { __bytes_encoded__: true, data: standard };
    return { sent, standard, bytes };
  });

/** Whether two JSON texts hold the same: members in any order, numbers as exact decimals or as the same double of at most 17 digits. */
export function sameJson(sent: string, read: string): boolean {
  return canonical(sent) === canonical(read);
}

function canonical(json: string): string {
  const numbers: string[] = [];
  // A string or a number: outside of strings only numbers hold digits.
  const marked = json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => {
    if (token.startsWith('"')) return token;
    numbers.push(numberOf(token));
    return `{"\ue000number":${numbers.length - 1}}`;
  });
  const sorted = (_key: string, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner);
    const [first] = entries;
    if (entries.length === 1 && first?.[0] === '\ue000number') return numbers[first[1] as number];
    return entries.sort(([a], [b]) => (a < b ? -1 : 1));
  };
  return JSON.stringify(JSON.parse(marked), sorted);
}

/**
 * As a decimal without zeros at either end. One of up to 17 digits, with a fraction or an exponent, is the double that it is written
 * from: doubles have several such spellings.
 */
function numberOf(literal: string): string {
  const exact = decimal(literal);
  const value = Number(literal);
  if (!/[.eE]/.test(literal) || !Number.isFinite(value) || exact.replace(/^-|e.*$/g, '').length > 17)
    return exact;
  // One that vanishes is another number.
  return value === 0 ? exact : decimal(String(value));
}

function decimal(literal: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  return `${sign}${digits}e${BigInt(power) - BigInt(fraction.length) + BigInt(all.length - digits.length)}`;
}
