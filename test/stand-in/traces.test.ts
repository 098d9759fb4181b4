import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { at, Int32, type Value } from '../support/mongo-stand-in/bson/values.js';
import {
  type MongoStandIn,
  type MongoStandInOptions,
  startMongoStandIn,
} from '../support/mongo-stand-in/start.js';
import { type Recorded, readTrace } from './replay/read-trace.js';
import { type ReplayOptions, replayTrace, type Stage } from './replay/replay-trace.js';
import { type NodeMap, textOf } from './replay/tree.js';

/** Recordings that need nothing but their own steps. `test/fixtures/mongodb/README.md` says which are left out, and why. */
const PLAIN = [
  'insert-session',
  'append',
  'append-each',
  'append-guarded-by-key',
  'append-guarded-by-length',
  'append-pipeline',
  'create-agent',
  'half-built-agent',
  'upsert',
  'array-rewrites',
  'redact',
  'set-message',
  'metadata',
  'dotted-and-dollar-keys',
  'feedback',
  'replace-and-delete',
  'update-many',
  'find-and-modify',
  'bad-paths',
  'unknown-things',
  'bulk',
  'no-op',
  'retryable-write',
  'transaction',
  'numbers',
  'names',
  'read-slice',
  'read-page',
  'read-batch',
  'read-message',
  'read-totals',
  'read-search',
  'read-filters',
  'indexes',
  'cursors',
  'stream-open',
  'stream-drop',
  'stream-pipelines',
  'stream-large-event',
  'stream-transaction',
  'stream-create-agent',
];

const primaryIs = (server: MongoStandIn, member: number | undefined) =>
  eventually(() => expect(server.primary).toBe(member));
const aboutOf = (step: NodeMap): string => String(step.get('about'));
const majority = { writeConcern: new Map([['w', 'majority']]) };
const deleteOne = (id: string) =>
  new Map<string, Value>([
    ['q', new Map([['_id', id]])],
    ['limit', new Int32(1)],
  ]);
const fence = ({ send }: Stage) =>
  send({ insert: 'fence', documents: [new Map()], ...majority }, 'parley_fence');

/** What the recorder did between the steps without writing it down. */
const STAGED: Record<string, ReplayOptions & { server?: MongoStandInOptions }> = {
  'too-large': {
    // A document of 16 MB has no place in the recording.
    after: ({ send }) => send({ delete: 'sessions', deletes: [deleteOne('s3')] }),
  },
  'stream-resume': {
    madeTokens: new Map([
      [4, (token) => token(3).replace('3C733100', '3C733900')],
      [2, (token) => token(3).slice(0, 40)],
    ]),
  },
  'stream-rename': {
    async before(step, stage) {
      const about = aboutOf(step);
      if (about === 'rename, invalidate' || about === 'what its stream sees') await fence(stage);
      if (about === 'open on the collection made since') {
        const { send } = stage;
        const [before] = readTrace('stream-rename').get('before') as NodeMap[];
        const other = new Map([...(before as NodeMap)]).set('_id', 's2').set('session_id', 's2');
        await send({ insert: 'sessions', documents: [other], ...majority });
      }
    },
  },
  'stream-fail-points': {
    async before(step, { send }) {
      const failing = failPointOf(step);
      if (!failing) return;
      const data = { failCommands: ['getMore'], ...failing };
      await send({ configureFailPoint: 'failCommand', mode: { times: 1 }, data }, 'admin');
    },
  },
  'stream-history-lost': {
    before(step, { server }) {
      if (aboutOf(step).startsWith('resumeAfter the event, which is gone')) server.loseOplog();
    },
  },
};

function failPointOf(step: NodeMap): Record<string, unknown> | undefined {
  const about = aboutOf(step);
  if (about === 'closeConnection') return { closeConnection: true };
  const code = /^errorCode (\d+)/.exec(about)?.[1];
  if (!code) return undefined;
  const labels = about.includes('with a label')
    ? (at(step.get('reply') as Value, 'errorLabels') as Value[])
    : undefined;
  return { errorCode: Number(code), errorLabels: labels };
}

describe.concurrent.each<Recorded>(['4.4', '5.0'])(
  'the stand-in answers as the recorded server %s did',
  (dialect) => {
    async function replay(
      name: string,
      options: ReplayOptions & { server?: MongoStandInOptions } = {},
    ): Promise<void> {
      const recorded = readTrace(name, dialect);
      await using server = await startMongoStandIn({ dialect, ...options.server });
      expect(textOf(await replayTrace(recorded, server, options))).toBe(textOf(recorded));
    }

    test.each(PLAIN)('%s', (name) => replay(name));
    test.each(Object.keys(STAGED).filter((name) => dialect === '4.4' || name !== 'stream-history-lost'))(
      '%s',
      (name) => replay(name, STAGED[name]),
    );

    test('standalone', async () => {
      await using waiting = await startMongoStandIn({ dialect, neverInitiated: true });
      await replay('standalone', {
        server: { standalone: true },
        hostOf: (about) => (about.startsWith('never initiated') ? waiting.hosts[0] : undefined),
      });
    });

    test('nodes', async () => {
      const recorded = readTrace('nodes', dialect);
      await using server = await startMongoStandIn({ dialect, members: 3, electionMs: 1700 });
      const again = await replayTrace(recorded, server, {
        hostOf: (about) => server.hosts[about.startsWith('secondary:') ? 1 : 0],
        async before(step) {
          const about = aboutOf(step);
          if (about === 'one node down: w: 3 and wtimeout') await server.killMember(2);
          if (about === 'two nodes down: w: 1 is acknowledged') await server.killMember(1);
          if (about === 'a majority missing for longer: isMaster') await primaryIs(server, undefined);
          if (about !== 'all back: the events of 6 and 7') return;
          await Promise.all([server.startMember(1), server.startMember(2)]);
          await primaryIs(server, 0);
        },
      });
      expect(textOf(again)).toBe(textOf(recorded));
    });
  },
);
