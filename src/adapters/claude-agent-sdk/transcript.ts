import { randomUUID } from 'node:crypto';
import { ParleyError } from '../../domain/errors.js';
import { createAppends, readAll, retried, takenAway } from '../entries.js';
import { type Form, itemOf, toEntry } from '../envelope.js';
import type { About, AgentAddress, ConversationPort, Entry, NewEntry } from '../port.js';
import { entryFromBlocks } from './from-blocks.js';
import { clientIdOf, deletionId } from './keys.js';
import { showEntry } from './show-entry.js';
import { type Counted, costOf, modelIn } from './usage.js';

const FORM: Form = { name: 'claude-agent-sdk', version: 1 };

/** Of the SDK's `SessionStoreEntry`, whose further members are its own. */
export interface TranscriptEntry {
  type: string;
  uuid?: string;
  [member: string]: unknown;
}

export interface Transcript {
  /** In the order of the calls. What was appended under its uuid before is not appended again. */
  append(entries: readonly TranscriptEntry[]): Promise<void>;
  /** Null where nothing is. */
  load(): Promise<TranscriptEntry[] | null>;
  /** It is gone, and is kept for people. */
  remove(): Promise<void>;
}

/** What was seen of it last: its messages, of which others may have added more, and how often it was deleted. */
interface State {
  count: number;
  deletions: number;
  /** The model that the agent is described with, as far as is known. */
  model: string | undefined;
}

interface Identified {
  entry: NewEntry;
  uuid: string | null;
}

/** One transcript, which is an agent's list. `about`: of the session, where an entry makes it. */
export function createTranscript(port: ConversationPort, agent: AgentAddress, about: About): Transcript {
  const append = createAppends(port, agent);
  let state: State = { count: 0, deletions: 0, model: undefined };
  /** Whether it was ever looked at, and nothing has told otherwise since. */
  let isKnown = false;
  let counted: Counted | null = null;
  let last: Promise<unknown> = Promise.resolve();
  /** After what was asked for before. */
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };

  /** `first`: of what stands. As long as nothing was deleted that is in the first place. */
  const look = async (count: number, first: Entry | undefined): Promise<State> => {
    let deletions = 0;
    if (count > 0 && first?.position !== 0) {
      while (await port.find(agent, deletionId(deletions + 1))) deletions += 1;
    }
    const goesOn = deletions === state.deletions && count >= state.count;
    state = { count, deletions, model: goesOn ? state.model : undefined };
    isKnown = true;
    return state;
  };
  const lookAgain = async (): Promise<State> => {
    const { count, entries } = await port.read(agent, { first: 1 });
    return look(count, entries[0]);
  };

  const describe = async (now: State, model: string | undefined) => {
    const isNew = now.count === 0 && Object.keys(about).length > 0;
    const isOther = model !== undefined && model !== now.model;
    if (!isNew && !isOther) return;
    await port.describe(agent, { ...about, ...(model === undefined ? {} : { model }) });
    now.model = model;
  };

  /** `cost`: what has been counted with them. */
  const toEntries = (items: readonly TranscriptEntry[]) => {
    let cost = counted;
    const known = new Set<string>();
    const entries = items.flatMap((item, index): Identified[] => {
      const { usage, counted: now } = costOf(item, cost);
      cost = now;
      const entry = toEntry(FORM, item, `entries[${index}]`, (plain) => ({ ...showEntry(plain), usage }));
      const uuid = typeof item.uuid === 'string' && item.uuid !== '' ? item.uuid : null;
      if (uuid !== null && known.has(uuid)) return [];
      if (uuid !== null) known.add(uuid);
      return [{ entry, uuid }];
    });
    return { entries, cost };
  };

  /** Once, as far as is known. False: it was deleted meanwhile, and what it had then does not count. */
  const writeOnce = async (entries: readonly Identified[], model: string | undefined): Promise<boolean> => {
    const before = isKnown ? state : await lookAgain();
    await describe(before, model);
    const sent = entries.map(({ entry, uuid }) =>
      uuid === null ? entry : { ...entry, clientId: clientIdOf(uuid, before.deletions) },
    );
    const positions = await append(sent, { expectedCount: before.count, expectEach: true });
    // Where none was new nobody has looked whether there were others.
    const isRepeated = positions.every((position) => position < before.count);
    if (isRepeated && (await lookAgain()).deletions !== before.deletions) return false;
    state.count = Math.max(state.count, ...positions.map((position) => position + 1));
    return true;
  };

  const write = async (items: readonly TranscriptEntry[]): Promise<void> => {
    const prepared = toEntries(items);
    let { entries } = prepared;
    const model = modelIn(items);
    const attempt = async (): Promise<void> => {
      try {
        while (!(await writeOnce(entries, model)));
      } catch (error) {
        isKnown = false;
        if (!(error instanceof ParleyError) || error.code !== 'IDEMPOTENCY_CONFLICT') throw error;
        const left = await unknown(entries);
        if (left.length === entries.length) throw error;
        entries = left;
        if (left.length > 0) await attempt();
      }
    };
    await retried(attempt);
    counted = prepared.cost;
  };

  /** Without those that are there under their uuid, whatever they say. */
  const unknown = async (entries: readonly Identified[]): Promise<Identified[]> => {
    const { deletions } = await lookAgain();
    const left: Identified[] = [];
    for (const one of entries) {
      if (one.uuid === null || !(await port.find(agent, clientIdOf(one.uuid, deletions)))) left.push(one);
    }
    return left;
  };

  return {
    append: (items) => inOrder(() => write(items)),
    load: () =>
      inOrder(async () => {
        const { entries, count } = await readAll(port, agent);
        const now = await look(count, entries[0]);
        let parent: string | null = null;
        const standing = entries.filter(({ unfinished }) => !unfinished);
        const items = standing.map((entry) => {
          const item = (itemOf(FORM, entry)?.item ??
            entryFromBlocks(agent, entry, parent)) as TranscriptEntry;
          if (typeof item.uuid === 'string') parent = item.uuid;
          return item;
        });
        now.model = modelIn(items);
        return items.length > 0 ? items : null;
      }),
    remove: () =>
      inOrder(() =>
        retried(async () => {
          const { count, entries } = await port.read(agent, { first: 1 });
          if (entries.length === 0) return;
          const { deletions } = await look(count, entries[0]);
          const deletion = {
            ...takenAway([{ from: 0, to: count - 1 }]),
            clientId: deletionId(deletions + 1),
          };
          await port.append(agent, [deletion], { key: randomUUID(), expectedCount: count });
          isKnown = false;
        }),
      ),
  };
}
