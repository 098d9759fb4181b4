import { join } from 'node:path';
import { compare, medianTime } from './harness.mjs';
import { CONTINUE_REPLY, START_REPLY } from './live-operations.mjs';
import { query, startParley } from './processes.mjs';
import { follow } from './requests.mjs';
import { makeFolder } from './workspace.mjs';

const NODE_ARGS = ['--expose-gc', '--import', new URL('./report-memory.mjs', import.meta.url).href];
/** 52 characters: 20,000 of them are 1 MB. */
const PART = 'It grows by a piece of fifty-two characters a step. ';
const PARTS = 20_000;
const PARTS_PER_CALL = 500;
/** Replies that are kept at once, each in a session of its own. */
const REPLIES = 5;
const JOINS = 20;
const FOLLOW = `subscription ($id: ID!) { sessionEvents(sessionId: $id, replies: true) {
  __typename cursor ... on ReplyStarted { reply { text } } } }`;

/** kB that the server keeps, after a collection, for a reply of 1 MB in 20,000 parts, and for one in a single part. */
export const compareReplyMemory = () => compareReplies(async (_url, _ids, kept) => kept / REPLIES / 1_000);

/** ms until somebody who comes late was sent all of it, likewise. */
export const compareLateJoin = () =>
  compareReplies((url, ids) => medianTime((n) => joinLate(url, ids[n % ids.length]), JOINS));

function compareReplies(measure) {
  const measured = async (pieces) => {
    const { folder, remove } = makeFolder();
    const server = await startParley(join(folder, 'parley.db'), { nodeArgs: NODE_ARGS });
    try {
      // The first pays for what all share.
      await write(server.url, 'first', pieces);
      const before = await server.ask('memory');
      const ids = Array.from({ length: REPLIES }, (_, n) => `session-${n}`);
      for (const id of ids) await write(server.url, id, pieces);
      const after = await server.ask('memory');
      return await measure(server.url, ids, after.used - before.used);
    } finally {
      await server.stop();
      remove();
    }
  };
  const many = Array.from({ length: PARTS }, () => PART);
  return compare({ rounds: 3, ours: () => measured(many), theirs: () => measured([many.join('')]) });
}

async function write(url, sessionId, pieces) {
  const input = { sessionId, agentId: 'a', createIfMissing: true, replyTimeout: 600 };
  const { replyId, epoch } = (await query(url, START_REPLY, { input })).startReply;
  let offset = 0;
  for (let at = 0; at < pieces.length; at += PARTS_PER_CALL) {
    const parts = pieces.slice(at, at + PARTS_PER_CALL).map((text) => ({ block: 0, text }));
    const answer = await query(url, CONTINUE_REPLY, { input: { replyId, epoch, offset, parts } });
    offset = answer.continueReply.offset;
  }
}

function joinLate(url, id) {
  return new Promise((resolve, reject) => {
    const socket = follow(
      url,
      FOLLOW,
      { id },
      {
        onData({ sessionEvents: { __typename } }) {
          if (__typename !== 'ReplyStarted') return;
          socket.close();
          resolve();
        },
        onError: reject,
      },
    );
  });
}
