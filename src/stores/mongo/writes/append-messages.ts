import { setTimeout as sleep } from 'node:timers/promises';
import { agentNotFound, ParleyError, sessionNotFound } from '../../../domain/errors.js';
import { createLru } from '../../../domain/lru.js';
import { misplaced } from '../../../domain/sessions/append-conditions.js';
import type { AppendedMessage, AppendMessages } from '../../../domain/sessions/session-store.js';
import { confirmMajority } from '../driver/collection.js';
import { isRefusal, isWorthRetrying } from '../driver/errors.js';
import type { PoolPlaces } from '../driver/pool-places.js';
import { tellingIds } from './append-batch.js';
import { createAppendLanes, type PendingAppend } from './append-lanes.js';
import { type AppendState, type ListEnd, readAppendState } from './append-state.js';
import { writeJoined } from './append-write.js';
import { knownMessages, storedAppend } from './repeated-append.js';
import type { WriteContext } from './write-context.js';

const REMEMBERED_LISTS = 10_000;
const MAX_NETWORK_FAILURES = 5;
/** A failed guard means that another writer has written, so that all of them get on; a batch tries no longer than this. */
const TRYING_MS = 20_000;

/** Appends, joined by agent: see `createAppendLanes`. Those that are joined are a write of the caller that was the first of them. */
export function createAppender(
  context: WriteContext,
  places: Pick<PoolPlaces, 'write'>,
): (input: AppendMessages, caller?: string) => Promise<AppendedMessage[]> {
  // Saves the read before the write, as long as no other process appends to the same agent.
  const ends = createLru<string, ListEnd>(REMEMBERED_LISTS);

  async function writeBatch(all: PendingAppend[]): Promise<void> {
    const { sessionId, agentId } = (all[0] as PendingAppend).input;
    const key = `${sessionId}\0${agentId}`;
    let state = assumedState(context, sessionId, ends.get(key));
    ends.delete(key);
    let batch = all;
    let networkFailures = 0;

    for (const start = performance.now(); performance.now() - start < TRYING_MS; ) {
      try {
        if (state === null || (!state.read && misplacedIn(batch, state)))
          state = await readState(context, batch);
        batch = refuseMissing(await answerRepeated(context, batch, state), state);
        if (state.read && state.end) batch = await answerKnown(context, batch);
        batch = refuseMisplaced(batch, state);
        if (batch.length === 0) return;
        const written = await writeJoined(context, batch, state);
        if (written) {
          ends.set(key, written.end);
          for (const [index, { resolve }] of batch.entries())
            resolve(written.messages[index] as AppendedMessage[]);
          return;
        }
        // Writers that collide do not come back in step.
        if (state.read) await sleep(Math.random() * 10);
      } catch (error) {
        if (batch.length > 1 && isRefusal(error)) {
          // Only the culprit is to fail.
          for (const one of batch) await answer([one]);
          return;
        }
        if (!isWorthRetrying(error) || ++networkFailures >= MAX_NETWORK_FAILURES) throw error;
        await sleep(Math.min(100 * 2 ** networkFailures, 1_000) * (0.5 + Math.random() / 2));
      }
      state = null;
    }
    throw new ParleyError('TIMEOUT', 'Too many others write to this agent at the moment. Try again.');
  }

  const answer = (batch: PendingAppend[]): Promise<void> =>
    writeBatch(batch).catch((error: unknown) => {
      for (const { reject } of batch) reject(error);
    });

  return createAppendLanes((batch) => places.write(batch[0]?.caller, () => answer(batch)));
}

/** What this process left behind at its last write; null where it has not written lately. */
function assumedState(context: WriteContext, sessionId: string, end?: ListEnd): AppendState | null {
  const bytes = context.sizes.of(sessionId);
  if (end === undefined || bytes === undefined) return null;
  return { session: true, end, stored: new Set(), receipts: new Map(), bytes, read: false };
}

async function readState(context: WriteContext, batch: PendingAppend[]): Promise<AppendState> {
  const { sessionId, agentId } = (batch[0] as PendingAppend).input;
  const storageIds = batch.flatMap(tellingIds);
  const marks = [...new Set(batch.map(({ mark }) => mark))];
  const state = await readAppendState(context.sessions, sessionId, agentId, { storageIds, marks });
  if (state.session) context.sizes.set(sessionId, state.bytes);
  return state;
}

/** Answers what is stored already; the rest is still to be written. */
async function answerRepeated(
  context: WriteContext,
  batch: PendingAppend[],
  { stored, receipts }: AppendState,
): Promise<PendingAppend[]> {
  const isStored = (pending: PendingAppend) =>
    receipts.has(pending.mark) || tellingIds(pending).some((id) => stored.has(id));
  for (const pending of batch.filter(isStored)) {
    const receipt = receipts.get(pending.mark);
    await storedAppend(context.sessions, pending, receipt).then(pending.resolve, pending.reject);
  }
  return batch.filter((pending) => !isStored(pending));
}

/** Leaves of each append what the agent does not have under its client ids; answers those of which nothing is left. */
async function answerKnown({ sessions }: WriteContext, batch: PendingAppend[]): Promise<PendingAppend[]> {
  const left: PendingAppend[] = [];
  for (const pending of batch) {
    try {
      pending.there = await knownMessages(sessions, pending);
      pending.added = pending.input.messages.filter((_, index) => pending.there[index] === null);
      if (pending.added.length > 0) left.push(pending);
      else {
        await confirmMajority(sessions, pending.input.sessionId);
        pending.resolve(pending.there as AppendedMessage[]);
      }
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      pending.reject(error);
    }
  }
  return left;
}

function refuseMissing(batch: PendingAppend[], { session, end }: AppendState): PendingAppend[] {
  if (end) return batch;
  // Where one of them makes the agent, those behind it find it there.
  const makes = ({ createIfMissing }: AppendMessages) =>
    createIfMissing !== null && (session || createIfMissing !== 'agent');
  const maker = batch.findIndex(({ input }) => makes(input));
  const refused = maker < 0 ? batch : batch.slice(0, maker);
  for (const { input, reject } of refused) {
    reject(session ? agentNotFound(input.sessionId, input.agentId) : sessionNotFound(input.sessionId));
  }
  return maker < 0 ? [] : batch.slice(maker);
}

/** Only the first of a batch can be for one place alone. */
function refuseMisplaced(batch: PendingAppend[], state: AppendState): PendingAppend[] {
  const refusal = misplacedIn(batch, state);
  if (refusal) batch[0]?.reject(refusal);
  return refusal ? batch.slice(1) : batch;
}

const misplacedIn = ([first]: PendingAppend[], { end }: AppendState) =>
  first ? misplaced(first.input, first.added, end?.length ?? 0) : null;
