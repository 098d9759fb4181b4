import { expect, it } from 'vitest';
import type { Role } from '../../../console/src/generated/operations.js';
import { titleOf } from '../../../console/src/sessions/describe.js';

type Said = [role: Role, text: string, supersedes?: { from: number; to: number } | null, author?: string];

const agentOf = (...said: Said[]) => ({
  opening: {
    nodes: said.map(([role, text, range, author], position) => ({
      position,
      role,
      text,
      author: author ?? null,
      supersedes: range ? [range] : [],
    })),
  },
});

it('names a conversation by what the user says first, before any other words', () => {
  const agents = [agentOf(['USER', 'Be brief', null, 'system'], ['USER', 'Where is it?'])];
  expect(titleOf({ metadata: {}, agents })).toBe('Where is it?');
  expect(titleOf({ metadata: { title: 'An order' }, agents })).toBe('An order');
});

it('names it by the words that stand in the place of the first ones', () => {
  const edited = agentOf(
    ['USER', 'Where is order 4?'],
    ['ASSISTANT', 'It was sent.'],
    ['USER', 'Where is order 5?', { from: 0, to: 1 }],
  );
  expect(titleOf({ agents: [edited] })).toBe('Where is order 5?');
  expect(titleOf({ agents: [agentOf(['ASSISTANT', 'Good day'], ['USER', 'Hello']), edited] })).toBe('Hello');
});

it('names it by what was said first where nothing of the user stands any more', () => {
  const summed = agentOf(
    ['USER', 'Where is order 4?'],
    ['ASSISTANT', 'It was sent.'],
    ['USER', 'They spoke of order 4.', { from: 0, to: 1 }, 'system'],
  );
  expect(titleOf({ agents: [summed] })).toBe('Where is order 4?');
  const cleared = agentOf(['USER', 'Where is order 4?'], ['USER', '', { from: 0, to: 0 }]);
  expect(titleOf({ agents: [cleared] })).toBe('Where is order 4?');
});

it('has no name where nothing is known, as of a row that is not whole', () => {
  expect(titleOf({ agents: [{}] })).toBeNull();
});
