import { expect, it } from 'vitest';
import {
  progressFromJson,
  progressText,
  type SessionProgress,
} from '../../../src/domain/sessions/session-cursor.js';

const SCOPE = ['messages', 'a "session"', null];

const progress = (createdAt: number | null, heads: SessionProgress['heads']): SessionProgress => ({
  position: '00"17',
  createdAt,
  heads,
  replies: new Map(),
});

it.each([
  ['of no agent', progress(null, new Map())],
  ['of one', progress(1_764_500_000_000, new Map([['support', { count: 3, last: 'aB-_1234' }]]))],
  [
    'of several, whatever they are called',
    progress(
      0,
      new Map([
        ['"', { count: 0, last: '' }],
        ['é\u2028\n', { count: 1, last: '"' }],
      ]),
    ),
  ],
])('where a reader stands is written as JSON.stringify would, and read again: %s', (_name, stands) => {
  const text = progressText(JSON.stringify(SCOPE), stands);
  const heads = [...stands.heads].map(([agentId, { count, last }]) => [agentId, count, last]);
  expect(text).toBe(JSON.stringify([SCOPE, stands.position, stands.createdAt, heads]));
  expect(progressFromJson(SCOPE, JSON.parse(text))).toEqual(stands);
});
