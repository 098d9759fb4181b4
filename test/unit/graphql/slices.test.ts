import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  execute,
  GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  type Source,
} from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import type { Slices } from '../../../src/domain/async/in-slices.js';
import { wholeText } from '../../../src/graphql/answer-text.js';
import type { RequestContext } from '../../../src/graphql/context.js';
import { joinedLoads, LoadTurns } from '../../../src/graphql/loading/load-turns.js';
import { createPlan, type ReadyOperation } from '../../../src/graphql/plan/plan.js';
import { packed, unpacked } from '../../../src/stores/sqlite/reads/rows-read.js';

/** Slices that are over after so many small things, and are counted. */
function counted(things: number): Slices & { count: number } {
  const slices = {
    things,
    count: 0,
    isOver: () => true,
    next: () =>
      new Promise<void>((resolve) =>
        setImmediate(() => {
          slices.count++;
          resolve();
        }),
      ),
  };
  return slices;
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('an execution', () => {
  const schema = makeExecutableSchema({
    typeDefs: 'type Item { n: Int again: Int later: Int } type Query { items: [Item!] others: [Item!] }',
  });

  /** What is asked of which item in which slice, and the answer. */
  async function executed(text: string, slices: Slices & { count: number }) {
    const asked: { what: string; slice: number }[] = [];
    let held = 0;
    const item = (n: number) => {
      const ask = (what: string) => {
        asked.push({ what: `${what} ${n}`, slice: slices.count });
        return n;
      };
      return { n: () => ask('n'), again: () => ask('again'), later: async () => ask('later') };
    };
    const root = {
      items: () => Array.from({ length: 30 }, (_, n) => item(n)),
      others: () => Array.from({ length: 30 }, (_, n) => item(n + 30)),
    };
    const context = {
      begin: () => undefined,
      refused: () => {},
      loaders: {
        hold() {
          held++;
          return () => held--;
        },
      },
    } as unknown as RequestContext;
    const document = parse(text);
    const operation = getOperationAST(document) as OperationDefinitionNode;
    const mask = (error: unknown) => ({ message: String(error) });
    const plan = createPlan(schema, document, operation, mask, () => {}, slices);
    const { json } = await (plan.with({}) as ReadyOperation).execute(context, root);
    expect(held).toBe(0);
    return { asked, data: JSON.parse(wholeText(json)).data };
  }

  it('goes over as many turns of the event loop as it has slices, in the order in which it goes at once', async () => {
    const text = '{ items { n again } others { n again } }';
    const atOnce = await executed(text, counted(Number.POSITIVE_INFINITY));
    expect(atOnce.asked.every(({ slice }) => slice === 0)).toBe(true);
    const sliced = await executed(text, counted(10));
    expect(sliced.data).toEqual(atOnce.data);
    expect(sliced.asked.map(({ what }) => what)).toEqual(atOnce.asked.map(({ what }) => what));
    for (const { slice } of sliced.asked) {
      expect(sliced.asked.filter((one) => one.slice === slice).length).toBeLessThanOrEqual(10);
    }
    expect(sliced.asked.at(-1)?.slice).toBeGreaterThanOrEqual(12);
  });

  it('goes on with what it has waited for in slices, too, behind what was begun before', async () => {
    const slices = counted(10);
    const { asked, data } = await executed('{ items { later } others { n } }', slices);
    expect(asked.at(-1)?.what).toBe('n 59');
    expect(data.items).toHaveLength(30);
    expect(data.items[29]).toEqual({ later: 29 });
    // Sixty objects with a field each, and thirty values that came later.
    expect(slices.count).toBeGreaterThanOrEqual(12);
  });
});

describe('an operation with long variables', () => {
  const schema = makeExecutableSchema({ typeDefs: 'scalar JSON type Query { take(value: JSON): Int }' });
  const document = parse('query ($value: JSON) { take(value: $value) }');
  const operation = getOperationAST(document) as OperationDefinitionNode;
  const context = {
    begin: () => undefined,
    loaders: { hold: () => () => {} },
  } as unknown as RequestContext;

  it.each([
    { value: 'x'.repeat(10_000), isLong: false },
    { value: Array.from({ length: 50_000 }, (_, n) => n), isLong: true },
  ])('is carried out behind the turn that has checked them (long: $isLong)', async ({ value, isLong }) => {
    const take = vi.fn(() => 1);
    const mask = (error: unknown) => ({ message: String(error) });
    const ready = createPlan(schema, document, operation, mask, () => {}).with({ value }) as ReadyOperation;
    const answer = ready.execute(context, { take });
    await null;
    expect(take).toHaveBeenCalledTimes(isLong ? 0 : 1);
    await answer;
    expect(take).toHaveBeenCalledTimes(1);
  });
});

describe('the text of a long execution', () => {
  it('becomes bytes as its parts are there, and not all at its end', async () => {
    const schema = makeExecutableSchema({
      typeDefs: 'type Item { name: String parts: [String] } type Query { items: [Item] }',
    });
    const text = 'x'.repeat(100);
    const root = {
      items: Array.from({ length: 100 }, () => ({
        name: async () => text,
        parts: Array.from({ length: 100 }, () => text),
      })),
    };
    const document = parse('{ items { name parts } }');
    const operation = getOperationAST(document) as OperationDefinitionNode;
    const mask = (error: unknown) => ({ message: String(error) });
    const context = {
      begin: () => undefined,
      loaders: { hold: () => () => {} },
    } as unknown as RequestContext;
    const plan = createPlan(schema, document, operation, mask, () => {}, counted(100));
    const made = vi.spyOn(Buffer, 'from');
    const { json } = await (plan.with({}) as ReadyOperation).execute(context, root);
    const longest = Math.max(...made.mock.calls.map(([value]) => String(value).length));
    made.mockRestore();
    const item = { name: text, parts: Array(100).fill(text) };
    expect(wholeText(json)).toBe(JSON.stringify({ data: { items: Array(100).fill(item) } }));
    expect(longest).toBeLessThan(25_000);
  });
});

describe('fields that fail', () => {
  const schema = makeExecutableSchema({
    typeDefs: 'type Item { fails: Int later: Int never: Int! } type Query { items: [Item] }',
  });
  const root = {
    items: Array.from({ length: 500 }, (_, n) => ({
      fails() {
        throw new Error(`${n} fails`);
      },
      later: async () => {
        throw new GraphQLError(`${n} fails later`, { extensions: { code: n } });
      },
      never: () => (n % 10 === 3 ? null : n),
    })),
  };
  const text = `{ items {${'\r\n'.repeat(200)} fails\n # é\n\r other: fails later${'\n'.repeat(200)} never } }`;
  const shown = (error: unknown) => (error as GraphQLError).toJSON();

  function planOf(slices: Slices) {
    const document = parse(text);
    const operation = getOperationAST(document) as OperationDefinitionNode;
    const ready = createPlan(schema, document, operation, shown, () => {}, slices).with({}) as ReadyOperation;
    const context = {
      begin: () => undefined,
      refused: () => {},
      loaders: { hold: () => () => {} },
    } as unknown as RequestContext;
    const { loc } = operation;
    return { ready: () => ready.execute(context, root), source: loc?.source as Source };
  }

  it('are told as graphql-js tells them, however many they are', async () => {
    const expected = await execute({ schema, document: parse(text), rootValue: root });
    const errors = expected.errors?.map(shown);
    const { json } = await planOf(counted(Number.POSITIVE_INFINITY)).ready();
    expect(errors?.length).toBeGreaterThan(1_000);
    expect(wholeText(json) === JSON.stringify({ errors, data: expected.data })).toBe(true);
  });

  it('have their places looked for in the document once', async () => {
    const { ready, source } = planOf(counted(Number.POSITIVE_INFINITY));
    const { body } = source;
    let looked = 0;
    Object.defineProperty(source, 'body', {
      get() {
        looked++;
        return body;
      },
    });
    await ready();
    expect(looked).toBe(1);
  });
});

describe('loads that are joined', () => {
  const stage = (slices: Slices) => {
    const commands: number[] = [];
    const turns = new LoadTurns(slices);
    const loads = joinedLoads<number, string>(
      (keys) => {
        commands.push(keys.length);
        return keys.map((key) => `value ${key}`);
      },
      String,
      turns,
    );
    return { commands, turns, loads };
  };

  it('are one command for what is asked for in one turn, and each key is loaded once', async () => {
    const { commands, loads } = stage(counted(1));
    const first = [1, 2, 1].map((key) => loads.load(key));
    expect(await Promise.all(first)).toEqual(['value 1', 'value 2', 'value 1']);
    expect(await loads.load(2)).toBe('value 2');
    loads.clearAll();
    await loads.load(2);
    expect(commands).toEqual([2, 1]);
  });

  it('wait while more will be asked for, and are then commands of a bounded size, each in a slice of its own', async () => {
    const slices = counted(1);
    const { commands, turns, loads } = stage(slices);
    const release = turns.hold();
    const all: Promise<string>[] = [];
    for (let turn = 0; turn < 3; turn++) {
      for (let key = 0; key < 400; key++) all.push(loads.load(turn * 400 + key));
      await settled();
    }
    expect(commands).toEqual([]);
    release();
    expect(commands).toEqual([500]);
    expect((await Promise.all(all)).at(-1)).toBe('value 1199');
    expect(commands).toEqual([500, 500, 200]);
    expect(slices.count).toBe(2);
  });

  it('are told group by group, each in a slice of its own, where very many ask for the same', async () => {
    const slices = counted(1);
    const { commands, turns, loads } = stage(slices);
    const told: number[] = [];
    const asked = Array.from({ length: 2_000 }, async () => {
      await turns.told(loads.load(7));
      told[slices.count] = (told[slices.count] ?? 0) + 1;
    });
    await Promise.all(asked);
    expect(commands).toEqual([1]);
    expect(told).toEqual([500, 500, 500, 500]);
  });

  it('fail for all who asked', async () => {
    const loads = joinedLoads<number, string>(
      () => Promise.reject(new Error('gone')),
      String,
      new LoadTurns(counted(1)),
    );
    const outcomes = await Promise.allSettled([loads.load(1), loads.load(2), loads.load(1)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(loads.load(1)).rejects.toThrow('gone');
  });
});

describe('rows of another thread', () => {
  it('come in pieces of a bounded size, each of which is read when it is needed', () => {
    const long = 'é'.repeat(20_000);
    const given = Array.from({ length: 5_000 }, (_, n) => [
      n,
      `text ${n}`,
      null,
      n === 77 ? long : n / 3,
      'x',
    ]);
    const expected = given.map((row) => [...row]);
    const { pieces, memory } = packed(given);
    expect(memory).toHaveLength(pieces.length);
    expect(pieces.length).toBeGreaterThanOrEqual(15);
    let read = 0;
    const counting = new Proxy(pieces, {
      get: (target, name) => {
        if (/^\d+$/.test(String(name))) read++;
        return Reflect.get(target, name);
      },
    });
    const rows: unknown[][] = [];
    for (const row of unpacked(counting)) {
      rows.push(row);
      // None is read before it is needed.
      expect(read).toBeLessThanOrEqual(Math.ceil(rows.length / 300));
    }
    // What is long comes as bytes.
    const bytes = rows[77] as unknown[];
    bytes[3] = Buffer.from(bytes[3] as Uint8Array).toString();
    expect(rows).toEqual(expected);
  });
});
