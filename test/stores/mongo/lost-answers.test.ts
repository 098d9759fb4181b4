import { expect, it, onTestFinished } from 'vitest';
import type { NewAuditEntry } from '../../../src/domain/access/audit-log.js';
import type { StoredKey } from '../../../src/domain/access/key-store.js';
import type { MongoStandIn } from '../../support/mongo-stand-in/start.js';
import { aReply } from '../contract/inputs.js';
import { expectCode } from '../contract/reads.js';
import { startTestDatabase } from './server.js';

const LOST = { closeConnection: true, afterApply: true };
const now = new Date();

async function stage() {
  const database = await startTestDatabase();
  onTestFinished(() => database.drop());
  return { standIn: database.server.standIn as MongoStandIn, ...(await database.open()) };
}

const UNCONFIRMED = {
  code: 64,
  codeName: 'WriteConcernFailed',
  errmsg: 'waiting for replication timed out',
};

const entry: NewAuditEntry = {
  at: now,
  callerKind: 'key',
  callerId: 'k1',
  callerName: 'ci',
  action: 'appendMessages',
  sessionId: 's',
  agentId: 'a',
  outcome: 'ok',
  from: null,
  count: 1,
  mark: null,
};

it.skipIf(process.env.MONGODB_TEST_URI)(
  'an entry of the audit whose write had no answer is there once',
  async () => {
    const { audit, standIn } = await stage();
    const entries = [{ ...entry }, { ...entry, action: 'createSession' }];
    standIn.failOnce({ command: 'update', writeConcernError: UNCONFIRMED });
    await expectCode(audit.append(entries), 'STORE_UNAVAILABLE');
    await audit.append(entries);
    expect(await audit.list({ limit: 10, before: null })).toHaveLength(2);
  },
);

it.skipIf(process.env.MONGODB_TEST_URI)(
  'a key whose write had no answer is there, and is answered',
  async () => {
    const { keys, standIn } = await stage();
    const key: StoredKey = {
      id: 'k1',
      name: 'ci',
      hash: 'h',
      scopes: ['read'],
      reach: {},
      createdAt: now,
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
    };
    standIn.fail({ command: 'insert', ...LOST }, 2);
    await keys.create(key);
    expect(await keys.list()).toEqual([key]);
    await expectCode(keys.create(key), 'INTERNAL_SERVER_ERROR');
  },
);

it.skipIf(process.env.MONGODB_TEST_URI)(
  'dead letters that wait again or go are named and told of, whichever answer is lost',
  async () => {
    const { webhooks, standIn } = await stage();
    const begun = await webhooks.begin({ endpoint: 'crm', holder: 'h', cursor: '0' });
    const event = {
      id: 'e1',
      type: 'message.added' as const,
      position: '1',
      at: 0,
      sessionId: 's',
      sessionCreatedAt: null,
      agentId: 'a',
      index: 0,
      reason: null,
    };
    const dead = { event, since: now, attempts: 9, dueAt: now, failure: '500', deadAt: now };
    const progress = { endpoint: 'crm', holder: 'h', cursor: '1', remove: [], erased: [], deliveredAt: null };
    const kill = () => webhooks.save({ ...progress, put: [dead], disabled: null });
    const revision = async () => (await webhooks.mark('crm'))?.revision;

    await kill();
    standIn.failOnce({ command: 'update', ...LOST });
    expect(await webhooks.revive({ endpoint: 'crm', ids: null, now })).toEqual([event]);
    expect(await webhooks.held('crm')).toMatchObject({ waiting: [{ event }], dead: [] });
    expect(await revision()).toBe(begun.revision + 1);

    await kill();
    standIn.failOnce({ command: 'delete', ...LOST });
    expect(await webhooks.discard({ endpoint: 'crm', ids: null })).toEqual([event]);
    expect(await webhooks.held('crm')).toEqual({ waiting: [], dead: [] });
    expect(await revision()).toBe(begun.revision + 2);

    standIn.fail({ command: 'delete', ...LOST }, 2);
    expect(await webhooks.forget('crm')).toBe(true);
    expect(await webhooks.list()).toEqual([]);
  },
);

it.skipIf(process.env.MONGODB_TEST_URI)(
  'a start of a reply that is repeated is answered only when a majority has what the first try left behind',
  async () => {
    const { replies, standIn } = await stage();
    const start = aReply('s', 'a', 'r', { createIfMissing: {} });
    await replies.start(start);
    standIn.failOnce({ command: 'update', writeConcernError: UNCONFIRMED });
    await expectCode(replies.start(start), 'STORE_UNAVAILABLE');
    expect(await replies.start(start)).toMatchObject({ epoch: 1 });
  },
);
