import { createStrandsStorage } from '../../src/adapters/strands/index.js';
import type { JsonObject } from '../../src/domain/json/json-value.js';
import { readMessages, textOf } from '../stores/contract/reads.js';
import { emptyDatabase } from '../stores/memory/database.js';
import { openMemoryStore } from '../stores/memory/open-memory-store.js';

export const LATEST = 'session/s/scopes/agent/a/snapshots/snapshot_latest.json';

export interface SdkMessage {
  role: string;
  content: JsonObject[];
  trackingId?: string;
  metadata?: JsonObject;
}

export const said = (id: string, text = id, role = 'user'): SdkMessage => ({
  role,
  content: [{ text }],
  trackingId: `tracking-${id}`,
});

export const snapshot = (messages: unknown) =>
  new TextEncoder().encode(
    JSON.stringify({ scope: 'agent', schemaVersion: '1.0', createdAt: '', appData: {}, data: { messages } }),
  );

/** One database; `restart` gives what a new process would open on it. */
export async function stage() {
  const store = openMemoryStore(emptyDatabase());
  const restart = async () => {
    const storage = await createStrandsStorage({ store, mirror: true });
    return (messages: unknown, key = LATEST) => storage.write(key, snapshot(messages));
  };
  return {
    store,
    restart,
    write: await restart(),
    shown: async () => (await readMessages(store.sessions, 's', 'a')).map(textOf),
  };
}
