import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TransferMessage } from '../../../src/domain/sessions/transfer.js';
import type { BesideStores } from '../../../src/operate/beside.js';
import type { LeftAt } from '../../../src/operate/gather-parts.js';
import { importFile } from '../../../src/operate/import.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import { AT, agent, header, message, session, snapshot } from '../../support/export-records.js';
import { folderPerTest } from '../../support/folder-per-test.js';

const folder = folderPerTest();

const endOf = (messages: number) => ({
  kind: 'end',
  sessions: 1,
  messages,
  snapshots: 0,
  audit: 0,
  keys: 0,
});

/** Imports the lines into a database that reads what it is given; gives what it was given. */
async function imported(
  lines: readonly (object | string | Buffer)[],
  special: Partial<BesideStores['transfer']> = {},
) {
  const messages: TransferMessage[] = [];
  const snapshots: string[] = [];
  const { transfer, keys } = openMemoryStore(emptyDatabase());
  const into: BesideStores = {
    keys,
    pepper: new Uint8Array(32),
    transfer: {
      ...transfer,
      partBytes: 1024 * 1024,
      splits: true,
      async write(parts) {
        const all = parts.flatMap(({ agents }) => agents.flatMap((one) => one.messages.read()));
        messages.push(...all);
        return { sessions: parts.length, messages: all.length, there: 0 };
      },
      async writeSnapshot({ key }) {
        snapshots.push(key);
        return true;
      },
      ...special,
    },
  };
  const path = join(folder.path, 'given');
  const texts = lines.map((line) =>
    typeof line === 'string' || Buffer.isBuffer(line) ? line : JSON.stringify(line),
  );
  const bytes = Buffer.concat(texts.flatMap((text) => [Buffer.from(text as string), Buffer.from('\n')]));
  await writeFile(path, bytes);
  const read: number[] = [];
  let left: LeftAt[] = [];
  const failure = await importFile({
    path,
    into,
    now: () => new Date(AT),
    newPassword: () => 'new',
    signal: new AbortController().signal,
    progress: (bytes) => read.push(bytes),
  }).then(
    (counts) => {
      left = counts.left;
      return null;
    },
    (error: Error) => error.message,
  );
  return { messages, snapshots, failure, left, read, bytes: bytes.length };
}

it('names the first line that is wrong, also where that is a message and a later line is no JSON', async () => {
  const wrong = { ...message(1), role: 'nobody' };
  const lines = [header, session('s'), agent, message(0), wrong, '{"kind":'];
  const { messages, failure } = await imported(lines);
  expect(failure).toBe('line 5: role of the message is missing or wrong');
  expect(messages).toEqual([]);
});

it('writes nothing of what stands behind a message that is wrong', async () => {
  const lines = [header, session('s'), agent, message(1), snapshot, endOf(1)];
  const { snapshots, failure } = await imported(lines);
  expect(failure).toBe('line 4: position is 1, and 0 comes next');
  expect(snapshots).toEqual([]);
});

it.each([
  ['has two kinds', `{"kind":"message",${JSON.stringify(agent).slice(1)}`, 'it has more than one kind'],
  [
    'has another at its end',
    `{"kind":"message",${JSON.stringify({ kind: 'x' }).slice(1)}`,
    'there is no kind "x"',
  ],
  ['is no JSON', '{"kind":"message",', 'it is no JSON'],
])('refuses a line of a message that %s', async (_, line, expected) => {
  const { failure } = await imported([header, session('s'), agent, line, endOf(1)]);
  expect(failure).toBe(`line 4: ${expected}`);
});

it('takes messages whatever the order of their keys', async () => {
  const { kind, ...rest } = message(0);
  const { messages, failure } = await imported([header, session('s'), agent, { ...rest, kind }, endOf(1)]);
  expect({ messages, failure }).toEqual({ messages: [message(0)], failure: null });
});

it('takes lines over the ends of what is read at once, and tells how far it is', async () => {
  // Of two and four bytes, so that an end falls into the middle of one.
  const given = Array.from({ length: 40 }, (_, position) =>
    message(position, `${position}é🙂`.repeat(20_000 + position)),
  );
  const { messages, failure, read, bytes } = await imported([
    header,
    session('s'),
    agent,
    ...given,
    endOf(40),
  ]);
  expect(failure).toBe(null);
  expect(messages).toEqual(given);
  expect(read.length).toBeGreaterThan(3);
  expect(read).toEqual([...read].sort((a, b) => a - b));
  expect(read.at(-1)).toBe(bytes - JSON.stringify(endOf(40)).length - 1);
});

it('leaves sessions that the database cannot hold, and goes on with all others', async () => {
  const long = { ...message(0), content: [{ text: 'x'.repeat(4_000) }] };
  const lines: object[] = [header];
  for (const id of ['a', 'wide', 'b', 'heavy', 'c']) {
    lines.push(session(id), agent, id === 'wide' ? long : message(0), message(1));
  }
  const written: string[] = [];
  const { failure, left } = await imported([...lines, { ...endOf(10), sessions: 5 }], {
    splits: false,
    partBytes: 2_000,
    async write(parts) {
      const ids = parts.map(({ session: { sessionId } }) => sessionId);
      written.push(...ids.filter((id) => id !== 'heavy'));
      const heavy = ids.filter((id) => id === 'heavy').map((sessionId) => ({ sessionId, why: 'heavy' }));
      return { sessions: ids.length - heavy.length, messages: 0, there: 0, left: heavy };
    },
  });
  expect(failure).toBeNull();
  expect(written).toEqual(['a', 'b', 'c']);
  expect(left).toEqual([
    { sessionId: 'wide', line: 6, why: 'its lines pass 2000 bytes' },
    { sessionId: 'heavy', line: 14, why: 'heavy' },
  ]);
});

it.each<[string, string | Buffer, RegExp]>([
  [
    'a number whose digits would be lost',
    saying('{"n":12345678901234567890}'),
    /input.n is the number 12345678901234567890/,
  ],
  ['a number that none is', saying('{"n":1e999}'), /1e999/],
  ['half a character', saying('{"t":"\\ud83d"}'), /half a character/],
  ['half a character in a key', saying('{"\\ud83d":1}'), /half a character/],
  ['a key with a NUL', saying('{"a\\u0000b":1}'), /NUL/],
  ['lists in lists without end', saying('['.repeat(20_000) + ']'.repeat(20_000)), /deeper than 500/],
  ['a type that holds something else', saying('{"$numberLong":"99999999999999999999"}'), /\$numberLong/],
  ['bytes that are no text', Buffer.from(saying('"QQ"').replace('QQ', '\xff'), 'latin1'), /no UTF-8/],
  ['a day without its zone', saying('1').replaceAll(AT, '2026-01-05T10:00:00'), /createdAt of the message/],
])('names the line that holds %s, and writes nothing of it', async (_what, line, why) => {
  const { failure, messages } = await imported([header, session('s'), agent, message(0), line, endOf(2)]);
  expect(failure).toMatch(/^line 5: /);
  expect(failure).toMatch(why);
  expect(messages).toEqual([]);
});

it('takes what only looks so', async () => {
  const lines = [
    '{"n":100000000000000000000}',
    '{"t":"\\\\ud83d \\ud83d\\ude00 \\u0000"}',
    '{"n":1.7976931348623157e308}',
  ];
  const given = lines.map((input, index) => saying(input).replaceAll('"position":1', `"position":${index}`));
  const { failure, messages } = await imported([header, session('s'), agent, ...given, endOf(3)]);
  expect(failure).toBeNull();
  expect(messages).toHaveLength(3);
});

/** A message whose tool was given this. */
function saying(input: string): string {
  const content = [{ toolUse: { toolUseId: 't', name: 'n', input: 'INPUT' } }];
  return JSON.stringify({ ...message(1), content }).replace('"INPUT"', input);
}
