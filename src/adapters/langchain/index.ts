import { BaseListChatMessageHistory } from '@langchain/core/chat_history';
import type { BaseMessage } from '@langchain/core/messages';
import { badInput } from '../../domain/errors.js';
import { type Form, itemOf, toEntry } from '../envelope.js';
import { createHistory, type History } from '../history.js';
import { type AgentPlace, addressOf, described, openPort } from '../place.js';
import { messagesFromBlocks } from './from-blocks.js';
import { isKeptAs, keptFrom, messageFrom } from './kept.js';
import { isTaken, type MessageClass, nameOf } from './kinds.js';
import { modelIn, showMessage } from './shown.js';

export type { ErrorCode } from '../../domain/errors.js';
export { ParleyError } from '../../domain/errors.js';
export type { AgentPlace, Place } from '../place.js';
export type { MessageClass } from './kinds.js';

const FORM: Form = { name: 'langchain', version: 1 };
const ALL = Number.POSITIVE_INFINITY;

export type ChatHistoryOptions = AgentPlace & {
  /** Classes of messages of one's own, of which messages are to come back; each is made of its fields alone, as LangChain's are. */
  messageClasses?: readonly MessageClass[];
};

/**
 * A `BaseListChatMessageHistory` of `@langchain/core`. Nothing is rewritten: what it clears stays to be seen by people. Every method rejects with
 * a ParleyError; what cannot be kept is BAD_USER_INPUT, with its path, before anything is written.
 */
export interface ChatHistory extends BaseListChatMessageHistory, AsyncDisposable {
  /** All that stands, oldest first, as it was added and of the classes that it had. */
  getMessages(): Promise<BaseMessage[]>;
  addMessage(message: BaseMessage): Promise<void>;
  /** All messages or none. */
  addMessages(messages: BaseMessage[]): Promise<void>;
  /**
   * What an agent gives back: the whole conversation, from which it may have taken messages, or summed them up. What is as before stays; all
   * behind it is put in the place of what this history had read or added, in one step. Messages that others have added meanwhile stay, before it.
   */
  saveMessages(messages: BaseMessage[]): Promise<void>;
  clear(): Promise<void>;
  /** Closes the database that was opened for it. */
  close(): Promise<void>;
}

/** Opens the place. The session and its agent are made by the first write. */
export async function openChatHistory(options: ChatHistoryOptions): Promise<ChatHistory> {
  const agent = addressOf(options);
  const classes = classesOf(options.messageClasses ?? []);
  const port = described(await openPort(options), options, modelIn);
  const history = createHistory<BaseMessage>(port, agent, {
    toEntries: entriesOf,
    itemsOf(entry) {
      const kept = itemOf(FORM, entry);
      const message = kept && messageFrom(kept.item, classes);
      return message ? [message] : messagesFromBlocks(entry, classes);
    },
  });
  return new ParleyChatHistory(history, () => port.close());
}

const entryOf = (message: BaseMessage, where: string) =>
  toEntry(FORM, keptFrom(message, where), where, showMessage);

const entriesOf = (messages: readonly BaseMessage[]) =>
  messages.map((message, index) => entryOf(message, `messages[${index}]`));

class ParleyChatHistory extends BaseListChatMessageHistory implements ChatHistory {
  override lc_namespace = ['parley', 'langchain'];
  readonly #history: History<BaseMessage>;
  readonly #close: () => Promise<void>;

  constructor(history: History<BaseMessage>, close: () => Promise<void>) {
    super();
    this.#history = history;
    this.#close = close;
  }

  override getMessages() {
    return this.#history.read();
  }

  override async addMessage(message: BaseMessage) {
    await this.#history.append([entryOf(message, 'message')]);
  }

  override async addMessages(messages: BaseMessage[]) {
    await this.#history.append(entriesOf(listOf(messages)));
  }

  async saveMessages(messages: BaseMessage[]) {
    const given = listOf(messages).map((message, index) => keptFrom(message, `messages[${index}]`));
    await this.#history.rewrite(ALL, (items, known) => {
      const end = given.findIndex((kept, index) => !items[index] || !isKeptAs(items[index], kept));
      const same = end < 0 ? given.length : end;
      const others = items.filter((_, index) => index >= same && !known[index]);
      return [...items.slice(0, same), ...others, ...messages.slice(same)];
    });
  }

  override clear() {
    return this.#history.rewrite(ALL, () => []);
  }

  close() {
    return this.#close();
  }

  [Symbol.asyncDispose]() {
    return this.#close();
  }
}

function listOf(messages: BaseMessage[]): BaseMessage[] {
  if (!Array.isArray(messages)) throw badInput('messages must be a list of messages.');
  return messages;
}

function classesOf(given: readonly MessageClass[]): ReadonlyMap<string, MessageClass> {
  return new Map(
    given.map((one) => {
      const name = nameOf(one);
      if (isTaken(name)) throw badInput(`messageClasses has ${name}, which LangChain has itself.`);
      return [name, one];
    }),
  );
}
