import type { NewAuditEntry } from '../../../src/domain/access/audit-log.js';
import type { StoredKey } from '../../../src/domain/access/key-store.js';
import type { Reply, ReplyPart } from '../../../src/domain/replies/model.js';
import type { ReplyNotice } from '../../../src/domain/replies/reply-store.js';
import type { Agent, Mark, Message, Session } from '../../../src/domain/sessions/model.js';
import type { Change, Position } from '../../../src/domain/sessions/session-store.js';
import type { StoredEndpoint } from './webhooks.js';

/** The whole database: what every instance on it shares. Nothing in it is ever handed out, only copies. */
export interface Database {
  keys: Map<string, StoredKey>;
  audit: NewAuditEntry[];
  sessions: Map<string, StoredSession>;
  log: Change[];
  /** Called after each write. */
  listeners: Set<() => void>;
  secrets: Map<string, Uint8Array>;
  snapshots: Map<string, { data: Uint8Array; writtenAt: Date }>;
  /** `until` in ms. */
  leases: Map<string, { holder: string; until: number }>;
  webhooks: Map<string, StoredEndpoint>;
  replies: Map<string, StoredReply>;
  replyLog: ReplyNotice[];
}

/** `heardAt`: of its writer, in ms of the machine's clock. */
export interface StoredReply {
  reply: Reply;
  parts: ReplyPart[];
  heardAt: number;
}

export interface StoredSession {
  session: Omit<Session, 'messageCount'>;
  viewerPassword: string;
  agents: Map<string, StoredAgent>;
  /** By the hash of mutation and key; `index` is that of the feedback it made. */
  receipts: Map<string, { bodyHash: string; index: number }>;
}

export interface StoredAgent {
  agent: Omit<Agent, 'messageCount'>;
  messages: Message[];
  /** In order. */
  marks: Mark[];
  /** When the last message counts as written, in ms. */
  lastTime: number;
}

export const emptyDatabase = (): Database => ({
  keys: new Map(),
  audit: [],
  sessions: new Map(),
  log: [],
  listeners: new Set(),
  secrets: new Map(),
  snapshots: new Map(),
  leases: new Map(),
  webhooks: new Map(),
  replies: new Map(),
  replyLog: [],
});

export const positionAt = (index: number): Position => String(index).padStart(12, '0');

type Told = Change extends infer C
  ? C extends Change
    ? Omit<C, 'position' | 'sessionId' | 'sessionCreatedAt' | 'at'>
    : never
  : never;

export function tell(database: Database, { session }: StoredSession, ...changes: Told[]): void {
  const sessionCreatedAt = session.createdAt?.getTime() ?? null;
  for (const change of changes) {
    const position = positionAt(database.log.length + 1);
    const { sessionId } = session;
    database.log.push({ ...change, position, sessionId, sessionCreatedAt, at: Date.now() } as Change);
  }
}
