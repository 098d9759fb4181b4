import { randomInt } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createCounter } from '../support/counter.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { LOCATIONS } from '../support/locations.js';
import { type ParleyProcess, spawnParley } from '../support/parley-process.js';
import { makeTempFolder } from '../support/temp-folder.js';
import {
  type Delivery,
  type Receiver,
  SECRET,
  startReceiver,
  writeEndpoints,
} from '../support/webhook-receiver.js';

const SESSIONS = 6;
/** More than 100 of a session that wait behind one that was not taken are told together: then they do not come one by one. */
const MOST_BEHIND = 50 * SESSIONS;
const ENDPOINT = 'all';
const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { position } } }`;

/** A server on one port that is ended and started again. */
interface Instance {
  readonly port: number;
  readonly running: boolean;
  start(): Promise<void>;
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

async function startInstance(env: Record<string, string>): Promise<Instance> {
  const port = await freePort();
  let process: ParleyProcess | null = null;
  const instance = {
    port,
    get running() {
      return process !== null;
    },
    async start() {
      const started = spawnParley([], { env: { LOG_LEVEL: 'error', ...env, PORT: String(port) } });
      await started.listening();
      process = started;
    },
    async end(signal: 'SIGKILL' | 'SIGTERM') {
      const ended = process;
      process = null;
      ended?.kill(signal);
      const exit = await ended?.exited;
      if (exit && signal === 'SIGTERM')
        expect({ code: exit.code, stderr: exit.stderr }).toEqual({ code: 0, stderr: '' });
    },
  };
  await instance.start();
  return instance;
}

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/**
 * Appends one message after the other to a few sessions, each to a server that is up and until it is acknowledged; never further
 * ahead of the receiver than the webhooks of a session may be, beside what it is asked for.
 */
function startWriter(instances: readonly Instance[], receiver: Receiver) {
  const written = new Map<string, number>();
  const all = createCounter();
  let asked = 0;
  let running = true;
  let failure: unknown = null;
  let serial = 0;

  async function write(): Promise<void> {
    const sessionId = `s${serial % SESSIONS}`;
    const idempotencyKey = `key-${serial++}`;
    const messages = [{ role: 'USER', text: `message ${written.get(sessionId) ?? 0}` }];
    const input = { sessionId, agentId: 'a', createIfMissing: true, messages, idempotencyKey };
    const body = await eventually(async () => {
      const up = instances.filter((one) => one.running);
      const instance = up[randomInt(Math.max(up.length, 1))];
      const answer = await ask(instance, APPEND, { input });
      if (!answer || /STORE_UNAVAILABLE/.test(JSON.stringify(answer.errors ?? [])))
        throw new Error(`no server has written ${idempotencyKey}`);
      return answer;
    });
    if (!body.data?.appendMessages) throw new Error(JSON.stringify(body));
    written.set(sessionId, (written.get(sessionId) ?? 0) + 1);
    all.add();
  }

  const done = (async () => {
    while (running) {
      if (all.count < asked || all.count - added(receiver.taken()).length < MOST_BEHIND) await write();
      // At the pace of a few agents.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })().catch((error: unknown) => {
    failure = error;
  });
  return {
    written,
    count: () => all.count,
    /** Resolves when so many more are written, however far the receiver is behind. */
    async more(times: number) {
      asked = all.count + times;
      await Promise.race([all.more(times), done]);
      if (failure) throw failure;
    },
    async stop() {
      running = false;
      await done;
      if (failure) throw failure;
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: an answer has what its query asks for.
async function ask(instance: Instance | undefined, query: string, variables: object): Promise<any> {
  if (!instance) return null;
  try {
    const response = await fetch(`http://127.0.0.1:${instance.port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(20_000),
    });
    return await response.json();
  } catch {
    return null;
  }
}

async function isSender({ port, running }: Instance): Promise<boolean> {
  if (!running) return false;
  const text = await fetch(`http://127.0.0.1:${port}/metrics`).then((response) => response.text());
  return text.includes(`parley_webhook_waiting_events{endpoint="${ENDPOINT}"}`);
}

const senderAmong = (instances: readonly Instance[]): Promise<Instance> =>
  eventually(async () => {
    for (const instance of instances) if (await isSender(instance)) return instance;
    throw new Error('no server sends webhooks');
  }, 50);

const added = (deliveries: readonly Delivery[]) => deliveries.filter(({ type }) => type === 'message.added');

/** Of each session the places of its messages, in the order in which they first came. */
function placesOf(deliveries: readonly Delivery[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const { data } of added(deliveries)) {
    places.set(data.sessionId, [...(places.get(data.sessionId) ?? []), data.position]);
  }
  return places;
}

/** Fails where two requests of one session are under way at once. */
function watchTurns(receiver: Receiver) {
  const open = new Set<string>();
  const overlaps: string[] = [];
  receiver.answer = async ({ data }, response) => {
    const { sessionId } = data;
    if (open.has(sessionId)) overlaps.push(sessionId);
    open.add(sessionId);
    response.once('close', () => open.delete(sessionId));
    await new Promise((resolve) => setTimeout(resolve, 2));
    return 204;
  };
  return overlaps;
}

describe.each(Object.entries(LOCATIONS))('webhooks on %s', (_name, locate) => {
  it('outlive kills of the sender and of the receiver, without loss and in order', {
    timeout: 300_000,
  }, async () => {
    const [database, folder, receiver] = await Promise.all([locate(), makeTempFolder(), startReceiver()]);
    cleanups.push(database.remove, folder.remove, receiver.kill);
    const webhooks = await writeEndpoints(folder.path, [
      { name: ENDPOINT, url: receiver.url, secrets: [SECRET] },
    ]);
    const env = { ...database.env, WEBHOOKS: webhooks, WEBHOOK_ALLOW_PRIVATE: '127.0.0.1' };
    const [one, two] = [await startInstance(env), await startInstance(env)];
    const instances = [one, two];
    for (const { end } of instances) cleanups.push(() => end('SIGTERM'));
    const overlaps = watchTurns(receiver);
    const writer = startWriter(instances, receiver);
    const more = (count: number) => {
      const target = receiver.taken().length + count;
      return receiver.until((all) => all.length >= target);
    };

    await more(50);
    const first = await senderAmong(instances);
    await first.end('SIGKILL');
    // The other one takes over while it is away, and keeps it when it is back.
    await more(50);
    await first.start();
    const second = await senderAmong(instances);
    expect(second.port).not.toBe(first.port);

    await receiver.kill();
    await writer.more(30);
    // With events that have failed, and others that wait behind them.
    await second.end('SIGKILL');
    await second.start();
    await receiver.restart();
    await more(50);

    // A server that is stopped lets the other go on at once.
    const third = await senderAmong(instances);
    await third.end('SIGTERM');
    await more(50);
    await writer.stop();

    const expected = new Map(
      [...writer.written].map(([sessionId, count]) => [
        sessionId,
        Array.from({ length: count }, (_, at) => at),
      ]),
    );
    const taken = await receiver.until((all) => added(all).length >= writer.count());
    expect(placesOf(taken)).toEqual(expected);
    expect(overlaps).toEqual([]);
    const repeated = receiver.deliveries.length - new Set(receiver.deliveries.map(({ id }) => id)).size;
    process.stdout.write(`${taken.length} events, ${repeated} of them more than once\n`);
  });
});
