import { expect, it } from 'vitest';
import { atOnce } from '../../../src/domain/async/in-slices.js';
import { saidIn, saidSteps } from '../../../src/stores/sqlite/reads/said-text.js';

const TEXTS = ['', 'a', '"', '\\', '\\"', '"}]', '\\\\"}]', 'é"\u2028😀\\', `${'\\"'.repeat(9)}"`];

it.each(TEXTS)('the text %j of a message that is nothing else is found, in a text and in bytes', (text) => {
  const content = JSON.stringify([{ text }]);
  expect(saidIn(content)?.valueOf()).toBe(text);
  const inBytes = atOnce(saidSteps(Buffer.from(content)));
  expect(inBytes?.valueOf()).toBe(text);
  expect(Buffer.isBuffer(inBytes?.written)).toBe(true);
});

it.each(TEXTS)('the text %j is not taken for all that a message has which has more', (text) => {
  const more = [[{ text }, { text }], [{ text, more: '' }], [{ image: text }], [{ text: [text] }], []];
  for (const content of more.map((one) => JSON.stringify(one))) {
    expect(saidIn(content)).toBeNull();
    expect(atOnce(saidSteps(Buffer.from(content)))).toBeNull();
  }
});

it('a text of quotes is gone through in steps', () => {
  const steps = saidSteps(JSON.stringify([{ text: '"'.repeat(25_000) }]));
  expect(steps.next().done).toBe(false);
  expect(steps.next().done).toBe(false);
  expect(steps.next().done).toBe(true);
});
