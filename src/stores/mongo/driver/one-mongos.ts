import type { ClientSession, MongoClient } from 'mongodb';

/** What is used of the driver's inside; its version is pinned, and a test holds that cursors are read on where they are. */
interface Inside {
  topology?: {
    description: { type: string; servers: ReadonlyMap<string, Router> };
    s: { servers: ReadonlyMap<string, object> };
  };
}

interface Router {
  address: string;
  type: string;
  /** In ms. */
  roundTripTime: number;
}

/** Those that are no further than this from the nearest, in ms, are as good as it, as for the driver. */
const NEAR_MS = 15;

/**
 * On a sharded cluster lets all commands of the session go to one `mongos`. Left alone each goes to any of them, and a cursor is known
 * only to the one that has opened it. The driver has this for its own cursors and for transactions alone.
 */
export function keepToOneMongos(client: MongoClient, session: ClientSession): void {
  const { transaction } = session as unknown as { transaction: object };
  const { topology } = client as unknown as Inside;
  if (topology?.description.type !== 'Sharded') return;
  const known = [...topology.description.servers.values()].filter(({ type }) => type === 'Mongos');
  const nearest = Math.min(...known.map(({ roundTripTime }) => roundTripTime));
  const near = known.filter(({ roundTripTime }) => roundTripTime <= nearest + NEAR_MS);
  const chosen = near[Math.floor(Math.random() * near.length)];
  const server = chosen && topology.s.servers.get(chosen.address);
  if (server) Object.defineProperty(transaction, 'server', { value: server });
}
