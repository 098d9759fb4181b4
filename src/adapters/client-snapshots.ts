import type { ParleyClient } from '../client/index.js';
import { ParleyError, unlessGone } from '../domain/errors.js';
import type { JsonObject } from '../domain/json/json-value.js';
import { quote } from '../domain/sessions/names.js';
import { snapshotKeyOf, withinSession } from '../domain/sessions/snapshot-key.js';
import { sentEntry } from './client-port.js';
import { type Append, NEWEST, type NewestEntry, type ShownEntry, type SnapshotsPort } from './snapshots.js';

const SNAPSHOT = 'snapshot(key: $key) { data }';
const READ = `query ($sessionId: ID!, $key: String!) { session(sessionId: $sessionId) { ${SNAPSHOT} } }`;
const READ_WITH = `query ($sessionId: ID!, $key: String!, $agentId: ID!, $last: Int!) { session(sessionId: $sessionId) { ${SNAPSHOT}
  agent(agentId: $agentId) { messages(last: $last) { nodes { clientId redacted } } } } }`;
const WRITE_SNAPSHOT = 'writeSnapshot(input: $input) { snapshot { key } }';
const APPEND_MESSAGES = 'appendMessages(input: $append) { messages { position } }';
const WRITE = `mutation ($input: WriteSnapshotInput!) { ${WRITE_SNAPSHOT} }`;
/** One after the other: what was refused keeps what follows from being done. */
const WRITE_WITH = `mutation ($input: WriteSnapshotInput!, $append: AppendMessagesInput!) { ${WRITE_SNAPSHOT} ${APPEND_MESSAGES} }`;
const APPEND = `mutation ($append: AppendMessagesInput!) { ${APPEND_MESSAGES} }`;
const DELETE = 'mutation ($input: DeleteSnapshotInput!) { deleteSnapshot(input: $input) { key } }';
const LIST = `query ($sessionId: ID!, $prefix: String!, $after: String) {
  session(sessionId: $sessionId) { snapshotKeys(prefix: $prefix, after: $after, first: 200) } }`;
const REDACT =
  'mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { message { position } } }';
const ENTRY = 'position blocks redacted';

interface Sent {
  position: number;
  blocks: JsonObject[];
  redacted: boolean;
}
interface Read {
  session: {
    snapshot: { data: string } | null;
    agent?: { messages: { nodes: NewestEntry[] } } | null;
  } | null;
}
/** By `m0`, `m1` …: a message by its identity, or a page of one. */
interface Found {
  session: { agent: Record<string, Sent | { nodes: Sent[] } | null> | null } | null;
}

/** Over a server, which has what belongs to sessions alone. The client stays open. */
export function clientSnapshots(client: ParleyClient): SnapshotsPort {
  async function read(key: string, agent: { agentId: string; last: number } | null) {
    const { session } = await client.query<Read, object>(agent ? READ_WITH : READ, {
      ...placeOf(key),
      ...agent,
    });
    const data = session?.snapshot?.data;
    return { data: data === undefined ? null : bytesOf(data), newest: session?.agent?.messages.nodes ?? [] };
  }

  return {
    read: async (key) => (await read(key, null)).data,
    readWith: (key, { agentId }) => read(key, { agentId, last: NEWEST }),
    async write(key, data, behind) {
      const input = { ...placeOf(key), data: Buffer.from(data).toString('base64'), createIfMissing: true };
      if (behind) await client.mutate(WRITE_WITH, { input, append: appendInput(behind) });
      else await client.mutate(WRITE, { input });
    },
    append: async (append) => void (await client.mutate(APPEND, { append: appendInput(append) })),
    delete: async (key) => void (await client.mutate(DELETE, { input: placeOf(key) }).catch(unlessGone)),
    async list(prefix) {
      const place = listedPlace(prefix);
      if (!place) return [];
      const keys: string[] = [];
      for (let page: string[] = [], after: string | undefined; ; after = page.at(-1)) {
        const { session } = await client.query<{ session: { snapshotKeys: string[] } | null }, object>(LIST, {
          ...place,
          after,
        });
        page = session?.snapshotKeys ?? [];
        keys.push(...page.map((key) => snapshotKeyOf(place.sessionId, key)));
        if (page.length < 200) return keys.filter((key) => key.startsWith(prefix));
      }
    },
    async find(agent, messages) {
      const declared = messages
        .map((one, n) => `$m${n}: ${'clientId' in one ? 'String!' : 'Int!'}`)
        .join(' ');
      const fields = messages.map((one, n) =>
        'clientId' in one
          ? `m${n}: message(clientId: $m${n}) { ${ENTRY} }`
          : `m${n}: messages(from: $m${n}, first: 1) { nodes { ${ENTRY} } }`,
      );
      const document = `query ($sessionId: ID!, $agentId: ID!, ${declared}) {
        session(sessionId: $sessionId) { agent(agentId: $agentId) { ${fields.join('\n')} } } }`;
      const wanted = messages.map((one, n) => [`m${n}`, 'clientId' in one ? one.clientId : one.position]);
      const { session } = await client.query<Found, object>(document, {
        ...agent,
        ...Object.fromEntries(wanted),
      });
      return messages.map((_, n) => toShown(session?.agent?.[`m${n}`]));
    },
    async redact(agent, { clientId }, { role, content }, idempotencyKey) {
      const replacement = { role: role.toUpperCase(), content };
      await client.mutate(REDACT, { input: { ...agent, clientId, replacement, idempotencyKey } });
    },
    async close() {},
  };
}

const appendInput = ({ agent, entries }: Append): JsonObject => ({
  ...agent,
  createIfMissing: true,
  messages: entries.map(sentEntry),
});

function toShown(found: Sent | { nodes: Sent[] } | null | undefined): ShownEntry | null {
  const message = found && 'nodes' in found ? found.nodes[0] : found;
  if (!message) return null;
  const { position, blocks, redacted } = message;
  return { position, content: blocks, redacted };
}

const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

/** INVALID_NAME for a key that is of no session. */
function placeOf(key: string): { sessionId: string; key: string } {
  const place = withinSession(key);
  if (place?.key) return place;
  throw new ParleyError(
    'INVALID_NAME',
    `Snapshot key ${quote(key)} is of no session: a server keeps those alone that begin with session/<id>/scopes/ or context/<id>/scopes/.`,
  );
}

/** Where keys are that begin with this; null where there can be none. INVALID_NAME where that is not in one session. */
function listedPlace(prefix: string): { sessionId: string; prefix: string } | null {
  const [, start, rest = ''] = /^((?:session|context)\/[^/]+\/)(.*)$/s.exec(prefix) ?? [];
  if (start === undefined) {
    throw new ParleyError(
      'INVALID_NAME',
      `Keys that begin with ${quote(prefix)} are of no one session: a server lists those alone that begin with session/<id>/ or context/<id>/.`,
    );
  }
  const place = withinSession('scopes/'.startsWith(rest) ? `${start}scopes/` : prefix);
  return place && { sessionId: place.sessionId, prefix: place.key };
}
