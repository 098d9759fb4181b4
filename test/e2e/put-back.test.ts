import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderPerTest } from '../support/folder-per-test.js';
import { firstEvents } from '../support/live-client.js';
import { startServer } from '../support/server.js';

const EVENTS = '{ __typename cursor ... on Ready { resumed } ... on Resync { reason } }';
const SUBSCRIPTIONS = [
  `subscription ($after: String) { sessionEvents(sessionId: "s", after: $after) ${EVENTS} }`,
  `subscription ($after: String) { sessionActivity(after: $after) ${EVENTS} }`,
];

const folder = folderPerTest();

it('whoever comes back to a file that was put back to a copy is told so, however much it has written since', async () => {
  const path = join(folder.path, 'parley.db');
  let server = await startServer({ sqlitePath: path });
  const change = async (value: number) => {
    const { body } = await server.request(
      'mutation ($value: JSONObject!) { updateMetadata(input: {sessionId: "s", set: $value}) { session { id } } }',
      { value: { value } },
    );
    expect(body.errors).toBeUndefined();
  };
  await server.request('mutation { createSession(input: {sessionId: "s"}) { session { id } } }');
  await server.stop();
  await copyFile(path, `${path}.copy`);

  server = await startServer({ sqlitePath: path });
  for (let value = 0; value < 5; value++) await change(value);
  const cursors = [];
  for (const query of SUBSCRIPTIONS) cursors.push((await firstEvents(server.url, query, null, 1))[0].cursor);
  await server.stop();
  for (const end of ['', '-wal', '-shm']) await rm(path + end, { force: true });
  await copyFile(`${path}.copy`, path);

  server = await startServer({ sqlitePath: path });
  for (let value = 0; value < 10; value++) await change(value + 100);
  for (const [index, query] of SUBSCRIPTIONS.entries()) {
    const events = await firstEvents(server.url, query, cursors[index], 2);
    expect(events).toMatchObject([{ __typename: 'Ready' }, { __typename: 'Resync', reason: 'HISTORY_GONE' }]);
  }
  await server.stop();
});
