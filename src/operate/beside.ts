import type { KeyStore, StoredKey } from '../domain/access/key-store.js';
import type { Reach, Scope } from '../domain/access/policy.js';
import { badInput } from '../domain/errors.js';
import { sessionOfSnapshot } from '../domain/sessions/snapshot-key.js';
import type {
  BesideRecord,
  MovedSnapshot,
  TransferAuditEntry,
  TransferKey,
  TransferStore,
} from '../domain/sessions/transfer.js';

/** Where what stands beside the sessions comes from and goes to. */
export interface BesideStores {
  transfer: TransferStore;
  keys: KeyStore;
  /** What hashes of keys are keyed with in this database. */
  pepper: Uint8Array;
}

/** Of one line of a snapshot, before it is base64. */
const PIECE_BYTES = 12 * 1024 * 1024;
const AUDIT_AT_ONCE = 500;
/** More than any database takes of one: it is put together in memory. */
const MAX_SNAPSHOT_BYTES = 256 * 1024 * 1024;

/** The records after the sessions. `moves`: whether those of a session come along; null: it is a whole database, of which all do. */
export async function* readBeside(
  { transfer, keys, pepper }: BesideStores,
  { moves, secrets }: { moves: ((sessionId: string) => Promise<boolean>) | null; secrets: boolean },
): AsyncGenerator<BesideRecord[]> {
  let [asked, answer]: [string | null, boolean] = [null, false];
  for await (const snapshot of transfer.readSnapshots()) {
    if (moves) {
      const sessionId = sessionOfSnapshot(snapshot.key);
      if (sessionId !== asked) [asked, answer] = [sessionId, sessionId !== null && (await moves(sessionId))];
      if (!answer) continue;
    }
    for (const piece of piecesOf(snapshot)) yield [piece];
  }
  if (moves) return;
  yield* transfer.readAudit();
  if (secrets) yield (await keys.list()).map((key) => keyRecord(key, pepper));
}

function* piecesOf({ key, writtenAt, data }: MovedSnapshot): Generator<BesideRecord> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  do {
    const piece = bytes.subarray(at, at + PIECE_BYTES);
    at += piece.length;
    yield {
      kind: 'snapshot',
      key,
      writtenAt: writtenAt.toISOString(),
      data: piece.toString('base64'),
      ...(at < bytes.length ? { more: true } : {}),
    };
  } while (at < bytes.length);
}

const keyRecord = (key: StoredKey, pepper: Uint8Array): TransferKey => ({
  kind: 'key',
  id: key.id,
  name: key.name,
  hash: key.hash,
  pepper: key.pepper ?? base64(pepper),
  scopes: [...key.scopes],
  reach: key.reach as TransferKey['reach'],
  createdAt: key.createdAt.toISOString(),
  expiresAt: key.expiresAt?.toISOString() ?? null,
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  revokedAt: key.revokedAt?.toISOString() ?? null,
});

/** What is done with each of them; a text ends it, and says why. */
export interface BesideHandler {
  snapshot(snapshot: MovedSnapshot): Promise<string | null>;
  audit(entries: readonly TransferAuditEntry[]): Promise<string | null>;
  key(key: TransferKey): Promise<string | null>;
}

/** Puts pieces together and takes entries of the audit many at a time. `end` after the last record. */
export function gatherBeside(handler: BesideHandler) {
  let pieces: Buffer[] = [];
  let entries: TransferAuditEntry[] = [];
  async function end(): Promise<string | null> {
    const given = entries;
    entries = [];
    return given.length === 0 ? null : handler.audit(given);
  }
  return {
    end,
    async take(record: BesideRecord): Promise<string | null> {
      if (record.kind === 'audit') {
        entries.push(record);
        return entries.length < AUDIT_AT_ONCE ? null : end();
      }
      if (record.kind === 'key') return handler.key(record);
      pieces.push(Buffer.from(record.data, 'base64'));
      if (pieces.length * PIECE_BYTES > MAX_SNAPSHOT_BYTES && sizeOf(pieces) > MAX_SNAPSHOT_BYTES)
        throw badInput(`snapshot ${JSON.stringify(record.key)} has more than 256 MiB`);
      if (record.more) return null;
      const data = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
      pieces = [];
      return handler.snapshot({ key: record.key, writtenAt: new Date(record.writtenAt), data });
    },
  };
}

const sizeOf = (pieces: readonly Buffer[]) => pieces.reduce((sum, { length }) => sum + length, 0);

/** As it is stored where `pepper` is what hashes are keyed with. */
export function keyFrom(record: TransferKey, pepper: Uint8Array): StoredKey {
  const { kind: _kind, pepper: keyedWith, reach, scopes, ...key } = record;
  return {
    ...key,
    scopes: scopes as Scope[],
    reach: reach as Reach,
    ...(keyedWith === base64(pepper) ? {} : { pepper: keyedWith }),
    createdAt: new Date(key.createdAt),
    expiresAt: dateFrom(key.expiresAt),
    lastUsedAt: dateFrom(key.lastUsedAt),
    revokedAt: dateFrom(key.revokedAt),
  };
}

/** A key that is there already: what differs, but for when it was used; null: nothing. */
export function keyDifference(record: TransferKey, found: StoredKey, pepper: Uint8Array): string | null {
  const there = keyRecord(found, pepper);
  const names = ['hash', 'pepper', 'scopes', 'reach', 'expiresAt', 'revokedAt'] as const;
  return names.find((name) => JSON.stringify(there[name]) !== JSON.stringify(record[name])) ?? null;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const dateFrom = (text: string | null) => (text === null ? null : new Date(text));
