import type DataLoader from 'dataloader';
import type { CallersReplies } from '../../domain/access/guarded-replies.js';
import { inSlices } from '../../domain/async/in-slices.js';
import { after, attempt, type Later } from '../../domain/async/later.js';
import type { Reply } from '../../domain/replies/model.js';
import type { ListReplies } from '../../domain/replies/reply-store.js';
import { NO_MARKS } from '../../domain/sessions/marks.js';
import type { Message, Session, Usage } from '../../domain/sessions/model.js';
import type { SessionReads } from '../../domain/sessions/session-service.js';
import {
  type AgentAddress,
  type AgentsRequest,
  type MessageAddress,
  type MessagePart,
  messageParts,
  SESSION_PARTS,
  type SessionPart,
  type UsageRequest,
} from '../../domain/sessions/session-store.js';
import { type SupersededRun, supersededRuns } from '../../domain/sessions/superseding.js';
import type { AgentParent } from '../parents.js';
import { joinedLoads, LoadTurns } from './load-turns.js';

/** Joins the loads of one operation: what is asked for in one turn is one store command. */
export interface Loaders {
  session: Loader<SessionRequest, Session | null>;
  agents: Loader<AgentsRequest, AgentParent[]>;
  message: Loader<MessageRequest, Message | null>;
  /** What of an agent does not stand. */
  superseded: Loader<AgentAddress, SupersededRun[]>;
  usage: Loader<UsageRequest, Usage | null>;
  replies: Loader<ListReplies, Reply[]>;
  /** Of objects that are listed together the same will be asked for. */
  list(together: readonly object[]): void;
  /** Nothing that is to be joined is loaded until what this gives is called: more will be asked for. */
  hold(): () => void;
}

export interface Loader<K, V> {
  load(key: K): Promise<V>;
  /**
   * What nothing else of the operation could be joined with, which need not wait for it. Of all that `source` is listed with it is loaded
   * at once, and known when it is asked for of the others. `keysOf`: what to load of them.
   */
  loadAlone<S extends object | undefined>(source: S, keysOf: (sources: readonly S[]) => K[]): Later<V>;
  clearAll(): void;
}

/** `parts`: what of it is asked for; more may come along, where another field of the operation asks for that. */
export interface SessionRequest {
  sessionId: string;
  parts: readonly SessionPart[];
}

export interface MessageRequest {
  address: MessageAddress;
  parts: readonly MessagePart[];
}

/** What loads, opened where it is needed first. */
export interface LoaderSources {
  readonly service: SessionReads;
  readonly replies: Pick<CallersReplies, 'listReplies'>;
}

/** A class, because one is made for each operation, which needs one or two of them: they share the code of its accessors. */
class MadeWhenNeeded implements Loaders {
  private ofSessions?: Loaders['session'];
  private ofAgents?: Loaders['agents'];
  private ofMessages?: Loaders['message'];
  private ofSuperseded?: Loaders['superseded'];
  private ofUsage?: Loaders['usage'];
  private ofReplies?: Loaders['replies'];

  private readonly lists: (readonly object[])[] = [];
  private readonly turns = new LoadTurns();

  constructor(private readonly from: LoaderSources) {}

  list(together: readonly object[]): void {
    this.lists.push(together);
  }

  hold(): () => void {
    return this.turns.hold();
  }

  private readonly listOf = (one: object) => this.lists.find((list) => list.includes(one));

  get session(): Loaders['session'] {
    this.ofSessions ??= new Joining(
      (keys) =>
        this.from.service.loadSessions(
          keys.map(({ sessionId }) => sessionId),
          SESSION_PARTS.filter((part) => keys.some(({ parts }) => parts.includes(part))),
        ),
      // No part has a space in its name.
      ({ sessionId, parts }) => `${parts} ${sessionId}`,
      this.listOf,
      this.turns,
    );
    return this.ofSessions;
  }

  get agents(): Loaders['agents'] {
    this.ofAgents ??= new Joining(
      (requests) =>
        after(this.from.service.loadAgents(requests), (found) =>
          found.map((agents, index) =>
            agents.map(({ agent, pages }) => ({ agent, pages, windows: requests[index]?.windows ?? [] })),
          ),
        ),
      JSON.stringify,
      this.listOf,
      this.turns,
    );
    return this.ofAgents;
  }

  get message(): Loaders['message'] {
    this.ofMessages ??= new Joining(
      (keys) =>
        this.from.service.loadMessages(
          keys.map(({ address }) => address),
          messageParts(keys.flatMap(({ parts }) => parts)),
        ),
      JSON.stringify,
      this.listOf,
      this.turns,
    );
    return this.ofMessages;
  }

  get superseded(): Loaders['superseded'] {
    this.ofSuperseded ??= new Joining(
      async (agents) => {
        const found = await this.from.service.loadSuperseding(
          agents.map(({ sessionId, agentId }) => ({ sessionId, among: [agentId] })),
        );
        return Promise.all(found.map(([agent]) => inSlices(supersededRuns(agent?.marks ?? NO_MARKS))));
      },
      ({ sessionId, agentId }) => JSON.stringify([sessionId, agentId]),
      this.listOf,
      this.turns,
    );
    return this.ofSuperseded;
  }

  get usage(): Loaders['usage'] {
    this.ofUsage ??= new Joining(
      (requests) => this.from.service.loadUsage(requests),
      ({ sessionId, agentId, position }) => JSON.stringify([sessionId, agentId, position]),
      this.listOf,
      this.turns,
    );
    return this.ofUsage;
  }

  get replies(): Loaders['replies'] {
    this.ofReplies ??= new Joining(
      (requests) => this.from.replies.listReplies(requests),
      JSON.stringify,
      this.listOf,
      this.turns,
    );
    return this.ofReplies;
  }
}

/** What was loaded at once of a list, by the places that its objects have there. */
interface Listed<V> {
  places: ReadonlyMap<object, number>;
  values: Later<V[]>;
}

/** Joins what several fields ask for: made for the first of them. */
class Joining<K, V> implements Loader<K, V> {
  private joined: DataLoader<K, V, string> | undefined;
  private listed: Listed<V> | undefined;

  constructor(
    private readonly loadAll: (keys: readonly K[]) => Later<V[]>,
    private readonly nameOf: (key: K) => string,
    private readonly listOf: (source: object) => readonly object[] | undefined,
    private readonly turns: LoadTurns,
  ) {}

  load(key: K): Promise<V> {
    this.joined ??= joinedLoads(this.loadAll, this.nameOf, this.turns);
    return this.turns.told(this.joined.load(key));
  }

  loadAlone<S extends object | undefined>(source: S, keysOf: (sources: readonly S[]) => K[]): Later<V> {
    const listed = source && this.listedWith(source, keysOf);
    if (!listed) return after(this.loadAll(keysOf([source])), ([value]) => value as V);
    return after(listed.values, (all) => all[listed.places.get(source) as number] as V);
  }

  /** What is loaded, or is now, for all that `source` is listed with; undefined where it is listed with nothing. */
  private listedWith<S extends object>(
    source: S,
    keysOf: (sources: readonly S[]) => K[],
  ): Listed<V> | undefined {
    if (this.listed?.places.has(source)) return this.listed;
    const list = this.listOf(source) as readonly S[] | undefined;
    if (!list) return undefined;
    this.listed = {
      places: new Map(list.map((one, place) => [one, place])),
      // What fails is told at each of them.
      values: attempt(
        () => this.loadAll(keysOf(list)),
        (error) => Promise.reject(error),
      ),
    };
    return this.listed;
  }

  clearAll(): void {
    this.joined?.clearAll();
    this.listed = undefined;
  }
}

export const createLoaders = (from: LoaderSources): Loaders => new MadeWhenNeeded(from);

/** Forgets what was loaded: a write has changed it. */
export function clearLoaders({ session, agents, message, superseded, usage, replies }: Loaders): void {
  session.clearAll();
  agents.clearAll();
  message.clearAll();
  superseded.clearAll();
  usage.clearAll();
  replies.clearAll();
}
