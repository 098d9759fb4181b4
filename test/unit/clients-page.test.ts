import { readFile } from 'node:fs/promises';
import { parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/domain/errors.js';
import { createSchema } from '../../src/graphql/schema.js';

const page = await readFile(new URL('../../docs/clients.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```(python|go|rust|java|graphql|kotlin)\n([\s\S]*?)```/g)].map(
  ([, language, code = '']) => ({
    language,
    code,
  }),
);

/** From its first word to the brace that closes it. */
function operationsIn(code: string): string[] {
  return [...code.matchAll(/\b(?:subscription|mutation|query) (?:Follow)?\(\$/g)].map(({ index }) => {
    let depth = 0;
    let end = code.indexOf(') {', index) + 2;
    do {
      depth += code[end] === '{' ? 1 : code[end] === '}' ? -1 : 0;
      end++;
    } while (depth > 0);
    return code.slice(index, end);
  });
}

it('the page has a recipe for each language, and Python one more', () => {
  const languages = ['python', 'python', 'go', 'rust', 'java', 'kotlin', 'graphql', 'kotlin'];
  expect(blocks.map(({ language }) => language)).toEqual(languages);
});

it.each(blocks)(
  'the operations of the recipe in $language fit the schema, and its codes are those that there are',
  ({ language, code }) => {
    const operations = operationsIn(code);
    // Kotlin's is in a file of its own.
    expect(operations).toHaveLength(language === 'kotlin' ? 0 : 1);
    for (const operation of operations) expect(validate(createSchema(), parse(operation))).toEqual([]);
    const codes = [...code.matchAll(/"([A-Z]+(?:_[A-Z]+)+|TIMEOUT)"/g)]
      .map(([, found]) => found)
      .filter((found) => found !== 'PARLEY_TOKEN');
    expect(ERROR_CODES).toEqual(expect.arrayContaining(codes));
  },
);
