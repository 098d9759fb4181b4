import { setFlagsFromString } from 'node:v8';
import { type FieldNode, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { BoundedQueue } from '../../src/domain/live/bounded-queue.js';
import { createSlowReader } from '../../src/domain/live/follow.js';
import { freshParts } from '../../src/domain/replies/fresh-parts.js';
import { createReplyText } from '../../src/domain/replies/reply-text.js';
import { ownVariables, within } from '../../src/graphql/loading/field-budget.js';
import { createSharedBytes } from '../../src/transport/bounds/shared-bytes.js';
import { watchFrames } from '../../src/transport/ws-frames-in.js';
import { createOperationIds } from '../../src/transport/ws-operation-ids.js';

// V8's own questions, which it answers to its tests.
setFlagsFromString('--allow-natives-syntax');
const haveSameClass = new Function('one', 'other', 'return %HaveSameMap(one, other)');
/** Otherwise it is a table of hashes. */
const hasClass = new Function('one', 'return %HasFastProperties(one)');

/** V8 decides after some how it makes them. */
const MADE = 200;

const text = createReplyText();
const [operation] = parse('subscription { list { one } }').definitions as [OperationDefinitionNode];
const { selections: fieldNodes } = operation.selectionSet as { selections: readonly FieldNode[] };
const MAKES: Record<string, () => object> = {
  'a part': () => {
    const parts = freshParts(text, text.length, [{ block: 0, text: 'word ' }]);
    text.append(parts);
    return parts[0] as object;
  },
  'a part that is read': () => text.since(text.length - 3)[0] as object,
  'the variables of an execution that has counted its lists': () => {
    const variableValues = ownVariables({ id: 'one' });
    within(['item'], { fieldNodes, fragments: {}, variableValues, operation });
    return variableValues;
  },
  'the text of a reply': () => createReplyText([]),
  'a queue': () => new BoundedQueue(10),
  'a reader': createSlowReader,
  'the operations of a socket': createOperationIds,
  'what comes in over a socket': watchFrames,
  'what is shared': createSharedBytes,
};

// Node 20 gives some literals a class for each object, which stays for long, and some none: every look at such an object takes longer.
describe('of what there are many, all have one hidden class', () => {
  for (const [name, make] of Object.entries(MAKES)) {
    it(name, () => {
      const made = Array.from({ length: MADE }, make);
      expect(haveSameClass(made.at(-1), made.at(-2))).toBe(true);
      expect(hasClass(made.at(-1))).toBe(true);
    });
  }

  it('which is seen where it is not so', () => {
    const table = {
      get one() {
        return 1;
      },
      get two() {
        return 2;
      },
    };
    expect(haveSameClass({ one: 1 }, { two: 2 })).toBe(false);
    expect(hasClass(table)).toBe(false);
  });
});
