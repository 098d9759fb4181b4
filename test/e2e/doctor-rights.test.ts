import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alarms, examineIn } from '../support/examine.js';
import { folderPerTest } from '../support/folder-per-test.js';
import { type MongoStandIn, startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { uriFor } from '../support/mongo-stand-in/uri-for.js';

const folder = folderPerTest();

describe('parley doctor on a MongoDB that asks who is there', () => {
  const PASSWORD = 'hunter2/%';
  const watched = { name: 'watched', password: PASSWORD, roles: ['readWrite', 'clusterMonitor'] } as const;
  const plain = { name: 'plain', password: PASSWORD, roles: ['readWrite'] } as const;
  const reader = { name: 'reader', password: PASSWORD, roles: ['read'] } as const;
  const deaf = {
    name: 'deaf',
    password: PASSWORD,
    roles: ['readWrite'],
    without: ['changeStream'],
  } as const;
  const blind = { name: 'blind', password: PASSWORD, roles: [] } as const;
  const users = [watched, plain, reader, deaf, blind];
  let guarded: MongoStandIn;

  beforeAll(async () => {
    guarded = await startMongoStandIn({ users });
  });
  afterAll(() => guarded.close());

  /** What it finds as this user, whose password it never tells. */
  const examineAs = async (user: { name: string; password: string } | null) => {
    const result = await examineIn(folder.path, { MONGODB_URI: uriFor(guarded, user) });
    const told = JSON.stringify(result.findings);
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) expect(told).not.toContain(secret);
    return result;
  };

  it.each([watched, plain])('finds nothing wrong with what $name may do', async (user) => {
    const { code, findings, of } = await examineAs(user);
    expect({ code, alarms: alarms(findings) }).toEqual({ code: 0, alarms: [] });
    expect([of('change stream')?.level, of('write')?.level, of('event')?.level]).toEqual(['ok', 'ok', 'ok']);
  });

  it('warns of rights for change streams that are missing', async () => {
    const { code, findings, of } = await examineAs(deaf);
    expect(code).toBe(0);
    expect(alarms(findings).map(({ check }) => check)).toEqual(['change stream']);
    expect(of('change stream')?.todo).toContain('grantRolesToUser');
    expect([of('write')?.level, of('event')?.level]).toEqual(['ok', 'skip']);
  });

  it('fails where nothing may be written, and where nothing may be read', async () => {
    const readOnly = await examineAs(reader);
    expect(readOnly.code).toBe(1);
    expect(alarms(readOnly.findings)).toMatchObject([
      { check: 'write', level: 'fail', todo: expect.stringContaining('rights') },
    ]);
    const none = await examineAs(blind);
    expect(none.code).toBe(1);
    expect(alarms(none.findings)).toMatchObject([
      { check: 'rights', level: 'fail', todo: expect.stringContaining('grantRolesToUser') },
    ]);
  });

  it.each([
    ['a wrong password', { name: 'plain', password: 'hunter3' }, 'server', 'the password in MONGODB_URI'],
    ['a user that is not named', null, 'rights', 'MONGODB_URI names none'],
  ])('fails on %s, and says that it is that', async (_, user, check, found) => {
    const { code, findings } = await examineAs(user);
    expect(code).toBe(1);
    expect(alarms(findings)).toMatchObject([{ check, level: 'fail', found: expect.stringContaining(found) }]);
  });
});
