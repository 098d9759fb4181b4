import { randomUUID } from 'node:crypto';
import type { Hooks } from '../domain/access/hook-types.js';
import { hookedService } from '../domain/access/hooks.js';
import { agentNotFound, badInput, ParleyError, sessionNotFound, unlessThere } from '../domain/errors.js';
import type { JsonObject } from '../domain/json/json-value.js';
import { checkMetrics } from '../domain/sessions/check-inputs.js';
import { pickPaths } from '../domain/sessions/metadata-path.js';
import type { Agent, Feedback, Session } from '../domain/sessions/model.js';
import { checkAgentId, checkMetadataPath, checkSessionId } from '../domain/sessions/names.js';
import type { GuardrailInput } from '../domain/sessions/session-inputs.js';
import { createSessionService, type SessionService } from '../domain/sessions/session-service.js';
import { emptyUsage } from '../domain/sessions/usage.js';
import { randomBytes } from '../random-bytes.js';
import type { OpenedStore } from '../stores/open-store.js';
import { checkCount, checkObject, given, listOf } from './check-arguments.js';
import { type DatabaseOptions, openDatabase } from './database.js';
import { exactNumbers } from './exact-numbers.js';
import { addressIn, messageNotFound } from './message-address.js';
import { toInput, toStored } from './message-shapes.js';
import { lastAssistantMessage, readLastTurns, readMessages } from './read-messages.js';
import type { Reply, ReplyOptions } from './reply.js';
import type {
  AgentConfig,
  AgentState,
  AgentWithMessages,
  AgentWithUsage,
  AppendTo,
  Keyed,
  MessageChange,
  MessageReference,
  NewFeedback,
  NewMessage,
  SessionOptions,
  StoredMessage,
} from './session-types.js';
import { type SharedReplies, shareReplies } from './shared-replies.js';
import { checkChange, updateMessage } from './update-message.js';

export type SessionManagerOptions = SessionOptions & DatabaseOptions;

/**
 * One session: made on first use, resumed by its id, written beside other processes, Python agents and the server. Every
 * method rejects with a ParleyError; bad input does so before anything is read or written. The file is long because the class is all
 * that a program calls: what takes more than a call of the service is in modules beside it.
 */
export class SessionManager {
  readonly sessionId: string;
  readonly #opened: OpenedStore;
  readonly #service: SessionService;
  #replies: SharedReplies | null = null;
  #closed: Promise<void> | null = null;

  private constructor(sessionId: string, opened: OpenedStore, service: SessionService) {
    this.sessionId = sessionId;
    this.#opened = opened;
    this.#service = service;
  }

  /** Opens the database and the session. A database that was handed in (`client`, `store`) stays open when this is closed. */
  static async open(options: SessionManagerOptions): Promise<SessionManager> {
    checkObject(options, 'What names a session');
    checkSessionId(options.sessionId);
    const hooks = { metadata: listOf(options.metadataHook), feedback: listOf(options.feedbackHook) };
    const opened = await openDatabase(options);
    try {
      return await SessionManager.#on(opened, options, hooks);
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  static async #on(
    opened: OpenedStore,
    { sessionId, applicationName = null, sessionType = 'AGENT', metadata = {} }: SessionOptions,
    hooks: Hooks,
  ): Promise<SessionManager> {
    const now = () => new Date();
    const plain = exactNumbers(
      createSessionService({ store: opened.sessions, now, randomBytes, newId: randomUUID }),
    );
    const service = hookedService(plain, hooks);
    const [known] = await plain.loadSessions([sessionId]);
    if (!known) {
      await service.createSession({ sessionId, applicationName, sessionType, metadata }).catch(unlessThere);
    }
    return new SessionManager(sessionId, opened, service);
  }

  /** One message at the end of the agent's list; the agent is made where it is missing. */
  async appendMessage(message: NewMessage, to: AppendTo): Promise<StoredMessage> {
    const [stored] = await this.appendMessages([message], to);
    return stored as StoredMessage;
  }

  /** 1 to 100 messages, all or none, next to each other. MESSAGES_CHANGED; DOCUMENT_TOO_LARGE on MongoDB. */
  async appendMessages(messages: readonly NewMessage[], to: AppendTo): Promise<StoredMessage[]> {
    checkObject(to, 'where to append');
    if (!Array.isArray(messages)) throw badInput('messages must be a list.');
    const { agentId, idempotencyKey, expectedMessageCount } = to;
    const stored = await this.#use().appendMessages({
      sessionId: this.sessionId,
      agentId,
      idempotencyKey,
      expectedMessageCount,
      createIfMissing: true,
      messages: messages.map((message, index) => toInput(message, `messages[${index}]`)),
    });
    return stored.map(toStored);
  }

  /**
   * Begins a reply that grows, or goes on with one: everybody who follows the session reads along, and in the end it is one message. The
   * agent is made where it is missing. REPLY_OVER, RATE_LIMITED for too many at once.
   */
  async startReply(options: ReplyOptions): Promise<Reply> {
    checkObject(options, 'where to reply');
    this.#use();
    this.#replies ??= shareReplies(this.#opened);
    return this.#replies.start(this.sessionId, options);
  }

  /** Replaces the content for good: no later read, event or file holds the original. */
  async redactMessage(
    message: MessageReference,
    replacement: Omit<NewMessage, 'metadata'>,
    options: Keyed & { guardrailEvent?: GuardrailInput } = {},
  ): Promise<StoredMessage> {
    const { role, content, text } = toInput(replacement, 'replacement');
    const address = this.#address(message);
    return toStored(
      await this.#use().redactMessage({ address, replacement: { role, content, text }, ...options }),
    );
  }

  /** The message as it is after all that was given. MESSAGE_NOT_FOUND; BAD_USER_INPUT for what a stored message cannot change. */
  async updateMessage(message: MessageReference, change: MessageChange): Promise<StoredMessage> {
    checkChange(change);
    const address = this.#address(message);
    const changed = await updateMessage(this.#use(), address, change);
    if (!changed) throw messageNotFound(message.agentId);
    return toStored(changed);
  }

  /** Puts the event on the message and, without its trace, into the session's list. */
  async recordGuardrailEvent(
    message: MessageReference,
    guardrailEvent: GuardrailInput,
    { idempotencyKey }: Keyed = {},
  ): Promise<StoredMessage> {
    const address = this.#address(message);
    return toStored(await this.#use().recordGuardrailEvent({ address, guardrailEvent, idempotencyKey }));
  }

  /**
   * In order, from `offset` (0), at most `limit` (all). `superseded: false`: only what stands, of which offset and limit count.
   * AGENT_NOT_FOUND.
   */
  async listMessages(
    agentId: string,
    { offset = 0, limit, superseded = true }: { offset?: number; limit?: number; superseded?: boolean } = {},
  ): Promise<StoredMessage[]> {
    checkCount(offset, 'offset', 0);
    if (limit !== undefined) checkCount(limit, 'limit', 0);
    checkAgentId(agentId);
    const wanted = { offset, limit: limit ?? null };
    const found = await readMessages(this.#use(), this.#agent(agentId), wanted, !superseded);
    return this.#existing(found, agentId).messages.map(toStored);
  }

  /** AGENT_NOT_FOUND. */
  async messageCount(agentId: string): Promise<number> {
    return (await this.#loadAgent(agentId)).messageCount;
  }

  /** Null where the agent has none. AGENT_NOT_FOUND. */
  async lastMessage(agentId: string): Promise<StoredMessage | null> {
    checkAgentId(agentId);
    const found = await readMessages(this.#use(), this.#agent(agentId), { last: 1 });
    const [message] = this.#existing(found, agentId).messages;
    return message ? toStored(message) : null;
  }

  /**
   * Keeps what an agent needs to be restored: makes the agent or changes the fields that are given, and records `metrics` on
   * its last assistant message, where there is one. Never touches the history.
   */
  async syncAgent(agent: AgentState, { idempotencyKey }: Keyed = {}): Promise<void> {
    checkObject(agent, 'what is kept of an agent');
    const { agentId, metrics, ...fields } = agent;
    const service = this.#use();
    const { state, conversationManagerState, model, systemPrompt, promptMetadata } = fields;
    if (metrics !== undefined) checkMetrics(metrics);
    await service.upsertAgent({
      ...given({ state, conversationManagerState, model, systemPrompt, promptMetadata }),
      ...this.#agent(agentId),
      idempotencyKey,
    });
    if (!metrics) return;
    const last = await lastAssistantMessage(service, this.#agent(agentId));
    if (last)
      await service.recordMetrics({ address: { ...this.#agent(agentId), position: last.position }, metrics });
  }

  /**
   * The agent with all of its messages, the last few, or none (the default). The last few begin where a turn does, and are
   * more than asked for where that lies further back. `superseded: false`: only messages that stand. AGENT_NOT_FOUND.
   */
  async getAgent(
    agentId: string,
    options: { messages?: 'all' | number; superseded?: boolean } = {},
  ): Promise<AgentWithMessages> {
    checkAgentId(agentId);
    const wanted = options.messages ?? 0;
    if (wanted !== 'all') checkCount(wanted, 'messages', 0);
    const service = this.#use();
    const address = this.#agent(agentId);
    const standing = options.superseded === false;
    const found =
      wanted === 'all'
        ? await readMessages(service, address, { offset: 0, limit: null }, standing)
        : await readLastTurns(service, address, wanted, standing);
    const { agent, messages } = this.#existing(found, agentId);
    const [usage] = await service.loadUsage([address]);
    return { ...agent, usage: usage ?? emptyUsage(), messages: messages.map(toStored) };
  }

  /** In the order in which they were made. A token total that passes 53 bits is null. */
  async listAgents(): Promise<AgentWithUsage[]> {
    const [agents = []] = await this.#use().loadAgents([
      { sessionId: this.sessionId, among: 'all', windows: [] },
    ]);
    const usages = await this.#use().loadUsage(agents.map(({ agent }) => this.#agent(agent.agentId)));
    return agents.map(({ agent }, index) => ({ ...agent, usage: usages[index] ?? emptyUsage() }));
  }

  /** AGENT_NOT_FOUND. */
  async updateAgentConfig(agentId: string, config: AgentConfig, { idempotencyKey }: Keyed = {}) {
    checkObject(config, 'what is configured');
    const { model, systemPrompt } = config;
    await this.#loadAgent(agentId);
    const fields = given({ model, systemPrompt });
    await this.#use().upsertAgent({ ...this.#agent(agentId), ...fields, idempotencyKey });
  }

  /** Which prompt the agent runs with; null forgets it. AGENT_NOT_FOUND. */
  async setPromptMetadata(
    agentId: string,
    promptMetadata: JsonObject | null,
    { idempotencyKey }: Keyed = {},
  ) {
    await this.#loadAgent(agentId);
    await this.#use().upsertAgent({ ...this.#agent(agentId), promptMetadata, idempotencyKey });
  }

  /** Sets the values at dotted paths; every other field stays. All or nothing. INVALID_METADATA_PATH. */
  async updateMetadata(set: JsonObject, { idempotencyKey }: Keyed = {}): Promise<void> {
    checkObject(set, 'metadata');
    await this.#use().updateMetadata({ sessionId: this.sessionId, set, idempotencyKey });
  }

  /** All of it, or only what lies at the given paths. */
  async getMetadata(paths?: readonly string[]): Promise<JsonObject> {
    if (paths && !Array.isArray(paths)) throw badInput('paths must be a list of metadata paths.');
    for (const path of paths ?? []) checkMetadataPath(path);
    const { metadata } = await this.#session();
    return paths ? pickPaths(metadata, paths) : metadata;
  }

  /** Removes what lies at the paths; what is not there is no error. */
  async deleteMetadata(paths: readonly string[], { idempotencyKey }: Keyed = {}): Promise<void> {
    await this.#use().deleteMetadata({ sessionId: this.sessionId, paths, idempotencyKey });
  }

  /** The stored feedback. */
  async addFeedback(feedback: NewFeedback, { idempotencyKey }: Keyed = {}): Promise<Feedback> {
    checkObject(feedback, 'feedback');
    const { rating = null, comment = null, ...fields } = feedback;
    return this.#use().addFeedback({
      sessionId: this.sessionId,
      rating,
      comment,
      fields: fields as JsonObject,
      idempotencyKey,
    });
  }

  async getFeedbacks(): Promise<Feedback[]> {
    return (await this.#session()).feedback;
  }

  async applicationName(): Promise<string | null> {
    return (await this.#session()).applicationName;
  }

  /** The secret that opens this one session to a viewer. Null in old sessions without one. It is shown here alone: no query gives it. */
  async sessionViewerPassword(): Promise<string | null> {
    this.#use();
    return this.#opened.viewerPasswords.viewerPassword(this.sessionId);
  }

  /** Removes the session with everything below it. False where it was gone already. */
  async delete(): Promise<boolean> {
    try {
      await this.#use().deleteSession(this.sessionId);
      return true;
    } catch (error) {
      if (error instanceof ParleyError && error.code === 'SESSION_NOT_FOUND') return false;
      throw error;
    }
  }

  /** Finishes the writes under way. Safe to call twice; afterwards every other method is refused, those of its replies too. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#replies?.release(closedManager());
      await this.#opened.close();
    })();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #use(): SessionService {
    if (!this.#closed) return this.#service;
    throw closedManager();
  }

  #agent = (agentId: string) => ({ sessionId: this.sessionId, agentId });

  #address = (message: MessageReference) => addressIn(this.sessionId, message);

  async #session(): Promise<Session> {
    const [session] = await this.#use().loadSessions([this.sessionId]);
    if (!session) throw sessionNotFound(this.sessionId);
    return session;
  }

  async #loadAgent(agentId: string): Promise<Agent> {
    checkAgentId(agentId);
    const [[found] = []] = await this.#use().loadAgents([
      { sessionId: this.sessionId, among: [agentId], windows: [] },
    ]);
    return this.#existing(found ?? null, agentId).agent;
  }

  #existing<T>(found: T | null, agentId: string): T {
    if (found !== null) return found;
    throw agentNotFound(this.sessionId, agentId);
  }
}

const closedManager = () =>
  new ParleyError('STORE_UNAVAILABLE', 'This session manager is closed. Open another one.');
