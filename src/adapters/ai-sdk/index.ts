import type { UIMessage } from 'ai';
import { badInput } from '../../domain/errors.js';
import { type AgentPlace, addressOf, described, openPort, openReplies } from '../place.js';
import type { RepliesPort } from '../replies.js';
import { createResumable } from './resumable.js';
import { type Append, createSavedList } from './saved-list.js';

export type { ErrorCode } from '../../domain/errors.js';
export { ParleyError } from '../../domain/errors.js';
export type { AgentPlace, Place } from '../place.js';

export type ChatOptions = AgentPlace & {
  /** Told why a stream cannot be resumed: the answer itself goes on. */
  onStreamError?: (error: unknown) => void;
};

/**
 * The messages of one chat. Every method rejects with a ParleyError; what cannot be kept is BAD_USER_INPUT, with its path, before
 * anything is written.
 */
export interface Chat<M extends UIMessage = UIMessage> extends AsyncDisposable {
  /** All that stands, oldest first; none where nothing was saved yet. */
  load(): Promise<M[]>;
  /**
   * Makes the list what stands, as `onEnd` gives it: what is new is appended, a message that has changed takes the place of the one
   * before, and what was loaded or saved here and is not in the list stands no more. What others have added meanwhile stays. Nothing is
   * rewritten: people still see it all. Gives the list, with an id for each message that had none: `generateMessageId` gives them where
   * the page is to know them.
   */
  save(messages: readonly M[]): Promise<M[]>;
  /**
   * To be given as `consumeSseStream`: everybody who follows the session reads the answer as it grows, and `resume` gives the stream to a
   * page that is loaded again. The message that `save` is given in `onEnd` is what it becomes. The stream is read to its end, whether
   * or not a page is there. Rejects never.
   */
  resumable(this: void, options: { stream: ReadableStream<string> }): Promise<void>;
  /** The answer to a page that asks for the stream under way: all of it from its start, then on; 204 where there is none. */
  resume(): Promise<Response>;
  /** Closes the database that was opened for it. */
  close(): Promise<void>;
}

/** Of the AI SDK's UI message stream, version 1. */
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  'x-vercel-ai-ui-message-stream': 'v1',
  'x-accel-buffering': 'no',
};

/** Opens the place. The session and its agent are made by the first write. */
export async function openChat<M extends UIMessage = UIMessage>(options: ChatOptions): Promise<Chat<M>> {
  const agent = addressOf(options);
  const port = described(await openPort(options), options);
  let opened: Promise<RepliesPort> | null = null;
  const replies = () => {
    opened ??= openReplies(options);
    return opened;
  };
  const resumable = createResumable(replies, agent, options.onStreamError ?? (() => {}));
  const append: Append = async (entries, { key, expectedCount, isLast }) => {
    const last = entries.at(-1);
    // What was streamed is the end of the list, and not that of a part.
    if (!isLast || last?.role !== 'assistant' || !resumable.recording)
      return port.append(agent, entries, { key, expectedCount });
    const before = entries.slice(0, -1);
    if (before.length > 0) await port.append(agent, before, { key, expectedCount });
    if (await resumable.finish(last)) return;
    return port.append(agent, [last], { key: `${key}/last`, expectedCount: expectedCount + before.length });
  };
  const list = createSavedList(port, agent, append);
  const close = async () => {
    await Promise.all([port.close(), opened?.then((one) => one.close())]);
  };
  return {
    load: async () => (await list.load()) as M[],
    async save(messages) {
      checkMessages(messages);
      return (await list.save(messages)) as M[];
    },
    resumable: ({ stream }) => resumable.consume(stream),
    async resume() {
      const stream = await resumable.resume();
      if (!stream) return new Response(null, { status: 204 });
      return new Response(stream.pipeThrough(new TextEncoderStream()), { headers: HEADERS });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkMessages(messages: unknown): void {
  if (!Array.isArray(messages)) throw badInput('messages must be a list of UIMessage.');
  for (const [index, message] of messages.entries()) {
    const id: unknown = message?.id;
    if (typeof id !== 'string') throw badInput(`messages[${index}].id must be a string; it is ${typeof id}.`);
  }
}
