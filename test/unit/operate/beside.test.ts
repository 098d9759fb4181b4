import { expect, it } from 'vitest';
import type { BesideRecord, MovedSnapshot } from '../../../src/domain/sessions/transfer.js';
import { type BesideStores, gatherBeside, readBeside } from '../../../src/operate/beside.js';

it('a snapshot that is too large for a line comes in pieces, and is put together as it was', async () => {
  const data = Buffer.alloc(25 * 1024 * 1024, 'a snapshot with some text. ');
  const given: MovedSnapshot[] = [
    { key: 'empty', writtenAt: new Date(0), data: new Uint8Array() },
    { key: 'large', writtenAt: new Date(1), data },
  ];
  const stores = {
    transfer: {
      async *readSnapshots() {
        yield* given;
      },
      async *readAudit() {},
    },
  } as unknown as BesideStores;
  const records: BesideRecord[] = [];
  for await (const page of readBeside(stores, { moves: null, secrets: false })) records.push(...page);
  expect(records.map((record) => record.kind === 'snapshot' && record.more)).toEqual([
    undefined,
    true,
    true,
    undefined,
  ]);
  const taken: MovedSnapshot[] = [];
  const gathered = gatherBeside({
    async snapshot(snapshot) {
      taken.push(snapshot);
      return null;
    },
    audit: async () => null,
    key: async () => null,
  });
  for (const record of records) await gathered.take(record);
  expect(taken.map(({ key, writtenAt }) => ({ key, writtenAt }))).toEqual([
    { key: 'empty', writtenAt: new Date(0) },
    { key: 'large', writtenAt: new Date(1) },
  ]);
  expect(taken.map((one, index) => Buffer.compare(one.data, given[index]?.data as Buffer))).toEqual([0, 0]);
});
