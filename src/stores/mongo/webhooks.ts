import type { Collection, Filter, MongoClient } from 'mongodb';
import { inSlices, type Steps } from '../../domain/async/in-slices.js';
import { unbounded } from '../../domain/read-budget.js';
import type {
  EndpointMark,
  EndpointState,
  HeldEvent,
  WebhookEvent,
  WebhookProgress,
  WebhookStore,
} from '../../domain/webhook-store.js';
import type { CallGate } from './driver/call-gate.js';
import { DURABLE, READING, SCAN_LIMIT_MS, WRITING } from './driver/collection.js';
import { isDuplicateKey } from './driver/errors.js';
import type { PoolPlaces } from './driver/pool-places.js';
import { retrying } from './driver/retry.js';

interface EndpointDoc {
  _id: string;
  holder: string;
  cursor: string;
  disabled: string | null;
  revision: number;
  delivered_at: Date | null;
}

/** `_id` is `<endpoint>/<position>`: what is asked is a range of it. The event is text: its members are nobody's to search. */
interface EventDoc {
  _id: string;
  id: string;
  session_id: string | null;
  event: string;
  since: Date;
  attempts: number;
  due_at: Date;
  failure: string | null;
  dead_at: Date | null;
}

const DEAD = { dead_at: { $ne: null } };
const WAITS = { dead_at: null };
const scanning = { maxTimeMS: SCAN_LIMIT_MS };
/** Of what an endpoint holds, which may be 20,000 events, so many come with one answer, which the driver reads in one turn. */
const AT_ONCE = 500;
const inOrder = { sort: { _id: 1 as const }, ...scanning };

export const webhookEventsOf = (
  client: MongoClient,
  database: string,
  collection: string,
): Collection<EventDoc> => client.db(database).collection<EventDoc>(`${collection}_webhook_events`, DURABLE);

/** `<collection>_webhooks` with a document for each endpoint, and `<collection>_webhook_events` with what they hold. */
export function createWebhookStore(
  client: MongoClient,
  database: string,
  collection: string,
  { gate: { call }, places }: { gate: CallGate; places: PoolPlaces },
): WebhookStore {
  const endpoints = client.db(database).collection<EndpointDoc>(`${collection}_webhooks`, DURABLE);
  const events = webhookEventsOf(client, database, collection);
  /** Each of them is safe to do twice. */
  const again = <T>(attempt: () => Promise<T>): Promise<T> => call(() => retrying(attempt));

  /** What counts, or looks for some among many, in the caller's turn. */
  const scan = <T>(caller: string | undefined, attempt: () => Promise<T>): Promise<T> =>
    call(() => places.scan({ ...unbounded, caller }, () => retrying(attempt)));

  const find = async (filter: Filter<EventDoc>, limit = 0): Promise<HeldEvent[]> =>
    inSlices(heldSteps(await events.find(filter, { ...inOrder, limit, batchSize: AT_ONCE }).toArray()));
  const told = ({ endpoint }: { endpoint: string }) =>
    endpoints.updateOne({ _id: endpoint }, { $inc: { revision: 1 } }, WRITING);

  return {
    begin: ({ endpoint, holder, cursor }) =>
      again(async () => {
        const made = { cursor, disabled: null, revision: 0, delivered_at: null };
        const options = { upsert: true, returnDocument: 'after' as const, ...WRITING };
        const take = () =>
          endpoints.findOneAndUpdate({ _id: endpoint }, { $set: { holder }, $setOnInsert: made }, options);
        // Of two that make it at once one finds it made.
        const found = await take().catch((error: unknown) => {
          if (!isDuplicateKey(error)) throw error;
          return take();
        });
        return toMark(found as EndpointDoc);
      }),
    held: (endpoint) =>
      again(async () => {
        const held = await find(ofEndpoint(endpoint));
        return {
          waiting: held.filter(({ deadAt }) => deadAt === null),
          dead: held.filter(({ deadAt }) => deadAt !== null).map(({ event }) => event.position),
        };
      }),
    async save(progress) {
      let gone = 0;
      const isHolder = await again(() =>
        save(progress, (count) => {
          // A try whose answer was lost has removed some.
          gone = Math.max(gone, count);
        }),
      );
      return isHolder ? gone : null;
    },
    mark: (endpoint) =>
      again(async () => {
        const found = await endpoints.findOne({ _id: endpoint }, READING);
        return found && toMark(found);
      }),
    list: (caller) => scan(caller, listEndpoints),
    deadLetters: ({ endpoint, after, limit }, caller) =>
      scan(caller, () => find({ ...ofEndpoint(endpoint, after ?? ''), ...DEAD }, limit)),
    // Each step is tried by itself: once the letters are no longer dead they cannot be found as such.
    async revive(letters) {
      const { endpoint, now } = letters;
      const found = await again(() => deadOf(letters));
      if (found.length === 0) return found;
      const set = { dead_at: null, since: now, due_at: now, attempts: 0, failure: null };
      await again(() => events.updateMany({ ...these(endpoint, found), ...DEAD }, { $set: set }, WRITING));
      await again(() => told(letters));
      return found;
    },
    async discard(letters) {
      const found = await again(() => deadOf(letters));
      if (found.length === 0) return found;
      await again(() => events.deleteMany({ ...these(letters.endpoint, found), ...DEAD }, WRITING));
      await again(() => told(letters));
      return found;
    },
    enable: (endpoint) =>
      again(async () => {
        const update = { $set: { disabled: null }, $inc: { revision: 1 } };
        return (await endpoints.updateOne({ _id: endpoint }, update, WRITING)).matchedCount > 0;
      }),
    async forget(endpoint) {
      const known = await again(() => endpoints.findOne({ _id: endpoint }, READING));
      await again(() => endpoints.deleteOne({ _id: endpoint }, WRITING));
      await again(() => events.deleteMany(ofEndpoint(endpoint), WRITING));
      return known !== null;
    },
  };

  /** One after the other: each of up to 20 may hold as many thousands. */
  async function listEndpoints(): Promise<EndpointState[]> {
    const states: EndpointState[] = [];
    for (const document of await endpoints.find({}, inOrder).toArray()) {
      const own = ofEndpoint(document._id);
      const waiting = await events.countDocuments({ ...own, ...WAITS }, scanning);
      const dead = await events.countDocuments({ ...own, ...DEAD }, scanning);
      const failed = await events.findOne({ ...own, ...WAITS, failure: { $ne: null } }, inOrder);
      states.push({
        endpoint: document._id,
        ...toMark(document),
        deliveredAt: document.delivered_at,
        waiting,
        dead,
        failure: failed?.failure ?? null,
      });
    }
    return states;
  }

  /**
   * Each step is safe to do again, and none before it depends on those after: what is held is there before the cursor passes it.
   * `onErased`: so many dead letters go.
   */
  async function save(progress: WebhookProgress, onErased: (count: number) => void): Promise<boolean> {
    const { endpoint, holder, cursor, put, remove, erased, deliveredAt, disabled } = progress;
    const own = { _id: endpoint, holder };
    if (!(await endpoints.findOne(own, READING))) return false;
    if (put.length > 0) {
      const writes = put.map((held) => {
        const replacement = toDoc(endpoint, held);
        return { replaceOne: { filter: { _id: replacement._id }, replacement, upsert: true } };
      });
      await events.bulkWrite(writes, { ordered: false, ...WRITING });
    }
    const set = {
      cursor,
      ...(deliveredAt ? { delivered_at: deliveredAt } : {}),
      ...(disabled === null ? {} : { disabled }),
    };
    const { matchedCount } = await endpoints.updateOne(own, { $set: set }, WRITING);
    if (matchedCount === 0) return false;
    if (remove.length > 0) {
      await events.deleteMany({ _id: { $in: remove.map((position) => `${endpoint}/${position}`) } }, WRITING);
    }
    if (erased.length > 0) {
      const gone = { ...ofEndpoint(endpoint), ...DEAD, session_id: { $in: [...erased] } };
      const found = await events.countDocuments(gone, READING);
      if (found === 0) return true;
      onErased(found);
      await events.deleteMany(gone, WRITING);
    }
    return true;
  }

  async function deadOf({ endpoint, ids }: { endpoint: string; ids: readonly string[] | null }) {
    const among = ids ? { id: { $in: [...ids] } } : {};
    const found = await find({ ...ofEndpoint(endpoint), ...DEAD, ...among });
    return found.map(({ event }) => event);
  }
}

function* heldSteps(documents: readonly EventDoc[]): Steps<HeldEvent[]> {
  const held: HeldEvent[] = [];
  for (const document of documents) {
    held.push(toHeld(document));
    yield;
  }
  return held;
}

/** What is at positions after `after`. The names of endpoints hold no `/`, after which `0` comes. */
const ofEndpoint = (endpoint: string, after = ''): Filter<EventDoc> => ({
  _id: { $gt: `${endpoint}/${after}`, $lt: `${endpoint}0` },
});

const these = (endpoint: string, found: readonly WebhookEvent[]): Filter<EventDoc> => ({
  _id: { $in: found.map(({ position }) => `${endpoint}/${position}`) },
});

const toMark = ({ cursor, disabled, revision }: EndpointDoc): EndpointMark => ({
  cursor,
  disabled,
  revision,
});

const toHeld = ({ event, since, attempts, due_at, failure, dead_at }: EventDoc): HeldEvent => ({
  event: JSON.parse(event),
  since,
  attempts,
  dueAt: due_at,
  failure,
  deadAt: dead_at,
});

const toDoc = (endpoint: string, held: HeldEvent): EventDoc => ({
  _id: `${endpoint}/${held.event.position}`,
  id: held.event.id,
  session_id: held.event.sessionId,
  event: JSON.stringify(held.event),
  since: held.since,
  attempts: held.attempts,
  due_at: held.dueAt,
  failure: held.failure,
  dead_at: held.deadAt,
});
