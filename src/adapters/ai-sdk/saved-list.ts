import { randomUUID } from 'node:crypto';
import type { UIMessage } from 'ai';
import { forgetBeyond, readAll, retried, taking } from '../entries.js';
import { inWhole } from '../parts.js';
import type { AgentAddress, AppendOptions, ConversationPort, NewEntry } from '../port.js';
import { changesTo, rangesOf } from './changes.js';
import { entryOf, isSameMessage, type Kept, keptFrom, keptIn } from './messages.js';

/** What stands of a list that is saved again and again. */
export interface SavedList {
  load(): Promise<UIMessage[]>;
  save(list: readonly UIMessage[]): Promise<UIMessage[]>;
}

/** `isLast`: of the calls that one save takes. */
export type Append = (
  entries: readonly NewEntry[],
  options: Required<AppendOptions> & { isLast: boolean },
) => Promise<unknown>;

/** `count`: all messages of the agent, by which an append knows that nothing has come between. */
interface State {
  kept: readonly Kept[];
  /** Of changes that were never made: they go with the next one. */
  unfinished: readonly { position: number }[];
  count: number;
}

/** `append`: how entries come to the agent. */
export function createSavedList(port: ConversationPort, agent: AgentAddress, append: Append): SavedList {
  /** As it was last read or saved here; null where that is not certain. */
  let state: State | null = null;
  const known = new Set<number>();
  /** One save after another: `onStepEnd` and `onEnd` may meet. */
  let saving: Promise<unknown> = Promise.resolve();

  async function read() {
    const { entries, count } = await readAll(port, agent);
    forgetBeyond(count, known);
    const { kept, messages } = keptIn(entries.filter((entry) => !entry.unfinished));
    for (const one of kept) one.known = known.has(one.position);
    state = { kept, unfinished: entries.filter((entry) => entry.unfinished), count };
    return { ...state, messages };
  }

  /** MESSAGES_CHANGED where the agent has another number of messages by now. */
  async function write(list: readonly UIMessage[], { kept: standing, unfinished, count }: State) {
    const { gone, kept, added } = changesTo(list, standing, isSameMessage);
    const replaced = new Map(gone.map((one) => [one.id, one]));
    const saved = added.map((message) => (message.id === '' ? { ...message, id: randomUUID() } : message));
    const entries = saved.map((message, index) =>
      entryOf(message, `messages[${kept.length + index}]`, count + index, replaced.get(message.id)),
    );
    const isChange = entries.length > 0 || gone.length > 0;
    const all = taking(entries, rangesOf(isChange ? [...gone, ...unfinished] : []));
    state = null;
    let written = 0;
    for (const call of inWhole(all, randomUUID())) {
      const isLast = written + call.length === all.length;
      await append(call, { key: randomUUID(), expectedCount: count + written, isLast });
      written += call.length;
    }
    const isGone = new Set(gone);
    const stands = [
      ...standing.filter((one) => !isGone.has(one)),
      ...saved.map((message, index) => keptFrom(message, count + index, entries[index] as NewEntry)),
    ];
    const listed = new Set(kept.map(({ position }) => position));
    for (const one of stands) {
      one.known ||= listed.has(one.position);
      if (one.known) known.add(one.position);
    }
    state = { kept: stands, unfinished: isChange ? [] : unfinished, count: count + all.length };
    const same = list.slice(0, kept.length);
    return [...same.map((message, index) => withId(message, kept[index] as Kept)), ...saved];
  }

  return {
    async load() {
      const { kept, messages } = await read();
      for (const one of kept) {
        one.known = true;
        known.add(one.position);
      }
      return messages;
    },
    save(list) {
      const saved = saving.then(() => retried(async () => write(list, state ?? (await read()))));
      saving = saved.catch(() => {});
      return saved;
    },
  };
}

const withId = (message: UIMessage, { id }: Kept): UIMessage =>
  message.id === id ? message : { ...message, id };
