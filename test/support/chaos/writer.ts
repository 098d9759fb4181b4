import { pause } from '../../../src/domain/async/pause.js';
import type { Happened } from './observation.js';
import type { ShownMessage } from './records.js';
import { type Caller, fingerprint, shown, untilAnswered } from './requests.js';

const APPEND = `mutation ($input: AppendMessagesInput!) {
  appendMessages(input: $input) { messages { messageId position text createdAt } }
}`;
const FEEDBACK =
  'mutation ($input: AddFeedbackInput!) { addFeedback(input: $input) { session { sessionId } } }';
const REDACT = 'mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { message { text } } }';
const DELETE = 'mutation ($input: DeleteSessionInput!) { deleteSession(input: $input) { sessionId } }';
const LONG_TEXT = 8_000;

export interface Recorder extends Caller {
  record: (happened: Happened) => void;
}

/** Appends with this key until it is acknowledged; both are recorded. */
export async function append(
  recorder: Recorder,
  place: { sessionId: string; agentId: string },
  key: string,
  texts: readonly string[],
): Promise<ShownMessage[]> {
  recorder.record({ kind: 'append-sent', ...place, texts: texts.map(fingerprint) });
  const messages = texts.map((text) => ({ role: 'USER', text }));
  const input = { ...place, createIfMissing: true, idempotencyKey: key, messages };
  const data = await untilAnswered<{ appendMessages: { messages: ShownMessage[] } }>(recorder, APPEND, {
    input,
  });
  const told = data?.appendMessages.messages.map(shown) ?? [];
  recorder.record({ kind: 'append-acknowledged', ...place, messages: told });
  return told;
}

export interface WriterOptions extends Recorder {
  name: string;
  sessions: readonly string[];
  agents: readonly string[];
  /** The longest rest between two writes, in ms. */
  restMs: number;
  /** A session that will soon be written to, and removed. */
  announce: (sessionId: string) => void;
  /** Called after each write that was acknowledged. */
  acknowledged: () => void;
  /** Aborts when no further write is to begin. */
  signal: AbortSignal;
}

interface Place {
  sessionId: string;
  agentId: string;
  position: number;
}

/** Writes one thing after another, mostly messages; repeats each with its key until it is answered. */
export async function runWriter(options: WriterOptions): Promise<void> {
  const { name, random, record, sessions, agents, restMs, signal } = options;
  const own: Place[] = [];
  const known = new Set<string>();
  let writes = 0;

  async function appendSome(sessionId: string, agentId: string): Promise<void> {
    const key = `${name}.${writes++}`;
    const padding = random.next() < 0.03 ? LONG_TEXT : random.between(0, 200);
    const texts = Array.from(
      { length: random.between(1, 3) },
      (_, index) => `${key}.${index} ${'.'.repeat(padding)}`,
    );
    const told = await append(options, { sessionId, agentId }, key, texts);
    known.add(sessionId);
    for (const { position } of told) own.push({ sessionId, agentId, position });
    options.acknowledged();
  }

  async function comment(sessionId: string): Promise<void> {
    const key = `${name}.${writes++}`;
    record({ kind: 'feedback-sent', sessionId, comment: key });
    await untilAnswered(options, FEEDBACK, { input: { sessionId, comment: key, idempotencyKey: key } });
    record({ kind: 'feedback-acknowledged', sessionId, comment: key });
    options.acknowledged();
  }

  async function redact(place: Place): Promise<void> {
    const key = `${name}.${writes++}`;
    const text = `redacted by ${key}`;
    record({ kind: 'redaction-sent', ...place, text });
    const { sessionId, agentId, position } = place;
    const input = { sessionId, agentId, messageId: position, idempotencyKey: key };
    await untilAnswered(options, REDACT, { input: { ...input, replacement: { role: 'USER', text } } });
    record({ kind: 'redaction-acknowledged', ...place });
    options.acknowledged();
  }

  /** A session that comes, is written to and goes. */
  async function passingSession(agentId: string): Promise<void> {
    const sessionId = `passing-${name}.${writes++}`;
    options.announce(sessionId);
    for (let count = random.between(1, 4); count > 0; count--) await appendSome(sessionId, agentId);
    record({ kind: 'deletion-sent', sessionId });
    // It has no key: where an answer was lost, the next one says that there is none.
    await untilAnswered(options, DELETE, { input: { sessionId } }, 'SESSION_NOT_FOUND');
    record({ kind: 'deletion-acknowledged', sessionId });
    for (let index = own.length - 1; index >= 0; index--) {
      if (own[index]?.sessionId === sessionId) own.splice(index, 1);
    }
    options.acknowledged();
  }

  while (!signal.aborted) {
    const sessionId = random.pick(sessions);
    const agentId = random.pick(agents);
    const choice = random.next();
    if (choice < 0.08 && known.has(sessionId)) await comment(sessionId);
    else if (choice < 0.14 && own.length > 0) {
      const [place] = own.splice(random.between(0, own.length - 1), 1);
      await redact(place as Place);
    } else if (choice < 0.16) await passingSession(agentId);
    else await appendSome(sessionId, agentId);
    await pause(random.next() * restMs, signal);
  }
}
