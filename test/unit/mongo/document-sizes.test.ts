import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createDocumentSizes } from '../../../src/stores/mongo/writes/document-sizes.js';

it('a session that fills 80 % of a document is logged and counted, once', () => {
  const lines: Record<string, unknown>[] = [];
  const sizes = createDocumentSizes(pino({}, { write: (line) => void lines.push(JSON.parse(line)) }));
  const most = 16 * 1024 * 1024;
  sizes.set('small', most * 0.79);
  sizes.set('large', most * 0.8);
  sizes.set('large', most * 0.9);
  expect(sizes.nearlyFull()).toBe(1);
  expect(lines).toEqual([
    expect.objectContaining({ level: 40, sessionId: 'large', bytes: most * 0.8, maxBytes: most }),
  ]);
  sizes.set('small', most * 0.81);
  expect(sizes.nearlyFull()).toBe(2);
});
