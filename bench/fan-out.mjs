import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { compare } from './harness.mjs';
import { APPEND, REPORT_CPU, SUBSCRIPTION, TURN } from './live-operations.mjs';
import { query, script, startNode, startParley } from './processes.mjs';
import { textOf } from './service.mjs';
import { makeFolder } from './workspace.mjs';

const PEERS = ['graphql-ws', 'mercurius', 'yoga'];
/** Frames that reach subscribers in one measurement, whatever their number. */
const FRAMES = 80_000;
const TEXT_LENGTH = 1_000;

/**
 * The server's processor time for each event that a subscriber gets, in µs: the next turn of events is made when the last
 * one has reached everyone. What it takes to make them (Parley: an HTTP request, a commit and the change feed for a turn; the
 * peers: a message over IPC for each) is measured with one subscriber a session, and taken off: the difference is the fan-out.
 * Turns, because what a commit costs varies by more than a hundred frames take. Both sides make them at the same pace: to
 * write to a peer that has gone to sleep costs more.
 *
 * @param {{subscribers: number, sessions: number}} shape
 */
export async function compareFanOut({ subscribers, sessions }) {
  const { folder, remove } = makeFolder();
  const paceMs = 10 + 0.15 * subscribers + 1.5 * sessions;
  const turns = Math.ceil(FRAMES / (subscribers * TURN));
  const ids = Array.from({ length: sessions }, (_, n) => `session-${n}`);
  const crowd = startNode([script('subscribers.mjs')], { core: 1 });
  const parley = await startParley(join(folder, 'parley.db'), { core: 0, nodeArgs: REPORT_CPU });
  const peer = (name) => startNode([...REPORT_CPU, script('fan-out-peer.mjs'), name], { core: 0 });
  const peers = Object.fromEntries(['raw', ...PEERS].map((name) => [name, peer(name)]));
  const urls = {};
  for (const [name, server] of Object.entries(peers)) urls[name] = await server.url();
  const input = (id, messages) => ({ sessionId: id, agentId: 'support', createIfMissing: true, messages });
  const message = (_, n) => ({ role: 'ASSISTANT', text: textOf(n, TEXT_LENGTH) });
  const appendTo = (id) =>
    query(parley.url, APPEND, { input: input(id, Array.from({ length: TURN }, message)) });
  for (const id of ids) await appendTo(id);

  /** CPU while the events reach `count` subscribers, each in every session. */
  async function cpuOf(server, url, subscription, publish, count) {
    await crowd.ask({ do: 'open', url, ids, count, query: subscription });
    let frames = 0;
    let begun = 0;
    const tell = async () => {
      frames += count * TURN;
      const arrived = crowd.ask({ do: 'expect', frames });
      await pause(paceMs - (performance.now() - begun));
      begun = performance.now();
      await Promise.all(ids.map((id) => publish(id)));
      return arrived;
    };
    // What a server does after the start of a subscription is not the fan-out.
    let sample = await tell();
    const before = await server.ask('cpu');
    for (let n = 0; n < turns; n++) sample = await tell();
    const used = (await server.ask('cpu')) - before;
    await crowd.ask({ do: 'close' });
    return { used, delivered: turns * TURN * count, sample };
  }
  async function perEvent(...side) {
    const few = await cpuOf(...side, ids.length);
    const many = await cpuOf(...side, subscribers);
    return (many.used - few.used) / (many.delivered - few.delivered);
  }

  try {
    const { sample } = await cpuOf(parley, parley.url, SUBSCRIPTION, appendTo, ids.length);
    const event = JSON.parse(sample).payload.data.messageAdded;
    const publisher = (name) => async (id) => {
      const publish = name === 'raw' ? { id, frame: sample } : { id, event };
      for (let n = 0; n < TURN; n++) peers[name].tell({ publish });
    };
    const raw = { ...peers.raw, url: urls.raw };
    console.log(`a frame is ${sample.length.toLocaleString('en')} bytes`);
    // Of many sessions a round takes half a minute: the others have one.
    return await compare({
      rounds: sessions > 1 ? 3 : 5,
      ...(sessions > 1 ? { otherRounds: 1 } : {}),
      ours: () => perEvent(parley, parley.url, SUBSCRIPTION, appendTo),
      theirs: () => perEvent(raw, raw.url, null, publisher('raw')),
      others: Object.fromEntries(
        PEERS.map((name) => [name, () => perEvent(peers[name], urls[name], SUBSCRIPTION, publisher(name))]),
      ),
    });
  } finally {
    await Promise.all([parley.stop(), crowd.stop(), ...Object.values(peers).map((server) => server.stop())]);
    remove();
  }
}
