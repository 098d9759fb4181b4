// `node bench/conversations.mjs <file> <messages>` makes a SQLite file with as many messages of conversations of every kind.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openService, textOf } from './service.mjs';

const FILES = fileURLToPath(new URL('../.bench/', import.meta.url));
const AGENTS = ['support', 'billing'];
/** Messages of one agent. */
const TALK = 50;
const WRITERS = 8;

/** The path of a file with about `messages` messages. Kept for the next run. */
export async function conversations(messages) {
  const path = `${FILES}conversations-${messages}.db`;
  if (existsSync(path)) return path;
  console.log(`making ${messages.toLocaleString('en')} messages`);
  await makeConversations(path, messages);
  return path;
}

/**
 * Sessions of two agents with 50 messages each: texts, calls of tools, usage, counters, feedback, redactions, keys of writes; snapshots
 * and an audit beside them.
 */
export async function makeConversations(path, messages) {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.draft`;
  for (const end of ['', '-wal', '-shm']) rmSync(draft + end, { force: true });
  const { service, opened, close } = await openService(draft, {
    synchronous: 'NORMAL',
    metadataIndexes: ['user.id'],
  });
  const sessions = Math.ceil(messages / (TALK * AGENTS.length));
  let next = 0;
  const write = async () => {
    while (next < sessions) {
      const n = next++;
      await writeSession(service, n);
      if (n % 10 === 0) await writeBeside(opened, n);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  await close();
  renameSync(draft, path);
}

async function writeSession(service, n) {
  const sessionId = `session-${n}`;
  await service.createSession({
    sessionId,
    sessionType: 'AGENT',
    applicationName: `app-${n % 3}`,
    metadata: { user: { id: `user-${n % 1_000}` }, topic: `topic-${n % 7}`, score: n / 3 },
    idempotencyKey: `make-${n}`,
  });
  for (const agentId of AGENTS) {
    await service.appendMessages({
      sessionId,
      agentId,
      createIfMissing: true,
      messages: Array.from({ length: TALK }, (_, at) => said(n, at)),
    });
  }
  const state = { step: n, seen: [1, 2, 3] };
  await service.upsertAgent({
    sessionId,
    agentId: 'support',
    model: 'claude',
    state,
    idempotencyKey: `state-${n}`,
  });
  if (n % 5 === 0) {
    const rating = n % 2 === 0 ? 'up' : 'down';
    await service.addFeedback({
      sessionId,
      rating,
      comment: 'As it was.',
      fields: { by: `user-${n % 1_000}` },
    });
  }
  if (n % 20 === 0) {
    const metrics = { accumulated_usage: { inputTokens: 90, outputTokens: 8, totalTokens: 98 } };
    await service.recordMetrics({ address: { sessionId, agentId: 'billing', position: 1 }, metrics });
  }
  if (n % 50 === 0) {
    await service.redactMessage({
      address: { sessionId, agentId: 'billing', position: 2 },
      replacement: { role: 'user', text: 'It was removed.' },
      guardrailEvent: { action: 'BLOCKED', stopReason: 'guardrail_intervened' },
    });
  }
}

/** A snapshot of an agent, and an entry of the audit. */
async function writeBeside({ snapshots, audit }, n) {
  const at = new Date(1_750_000_000_000 + n);
  const sessionId = `session-${n}`;
  const key = `session/${sessionId}/scopes/agent/support/snapshots/snapshot_latest.json`;
  await snapshots.write({ key, data: Buffer.from(JSON.stringify({ seen: textOf(n, 5_000) })), now: at });
  const caller = { callerKind: 'key', callerId: '0123456789ab', callerName: 'ci' };
  const done = {
    action: 'createSession',
    sessionId,
    agentId: null,
    outcome: 'ok',
    from: '127.0.0.1',
    count: 1,
  };
  await audit.append([{ at, ...caller, ...done, mark: null }]);
}

/** One message of a talk: a question, the call of a tool, its answer, an answer, in turns. */
function said(n, at) {
  const toolUseId = `tool-${n}-${at - (at % 4)}`;
  const metadata = { usage: { inputTokens: 900 + at, outputTokens: 80, totalTokens: 980 + at } };
  switch (at % 4) {
    case 0:
      return { role: 'user', text: textOf(n + at, 300) };
    case 1:
      return {
        role: 'assistant',
        content: [{ toolUse: { toolUseId, name: 'find_order', input: { order: n * 7919 + at } } }],
        metadata,
      };
    case 2:
      return {
        role: 'user',
        content: [
          {
            toolResult: {
              toolUseId,
              status: 'success',
              content: [{ json: { total: 12.5, text: textOf(at, 900) } }],
            },
          },
        ],
      };
    default:
      return { role: 'assistant', text: textOf(n * at, 800), metadata };
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, messages] = process.argv.slice(2);
  await makeConversations(path, Number(messages));
}
