import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import {
  openSessionStore,
  type SessionKey,
  type TranscriptEntry,
} from '../../src/adapters/claude-agent-sdk/index.js';
import type { Place } from '../../src/adapters/place.js';
import { openDatabase } from '../../src/library/database.js';
import { type Backing, openedFor, type ShownMessage } from './backings.js';
import { inChild } from './child-agent.js';

export const entry = (more: object = {}): TranscriptEntry => ({ type: 'x', ...more });

let serial = 0;
/** Of a project of its own. */
export const newKey = (): SessionKey => ({ projectKey: `-home-shop-${++serial}`, sessionId: `s-${serial}` });

/** What the tests of this adapter need of a backing, which is open while they run. */
export function stageOn(openBacking: () => Promise<Backing>) {
  const { backing, append, redact } = openedFor(openBacking);
  let place: Place;
  let close = async () => {};
  beforeAll(async () => {
    place = backing().place();
    if ('server' in place) return;
    const store = await openDatabase(place);
    place = { store };
    close = () => store.close();
  });
  afterAll(() => close());

  /** Each knows as little of the others as another process. */
  async function open(more: object = {}) {
    const store = await openSessionStore({ ...place, ...more });
    onTestFinished(() => store.close());
    return store;
  }
  /** What another process says. */
  const elsewhere = (input: object) =>
    inChild('./claude-agent-sdk-agent.mjs', { elsewhere: backing().elsewhere, ...input });

  async function asked(key: SessionKey, fields: string) {
    const read = `query ($id: ID!) { session(sessionId: $id) { ${fields} } }`;
    const { body } = await backing().server.request(read, { id: `${key.projectKey}/${key.sessionId}` });
    expect(body.errors).toBeUndefined();
    return body.data.session;
  }
  /** What people see of the main transcript. */
  const shown = async (key: SessionKey): Promise<{ messages: Seen[] }> => ({
    messages: (await asked(key, SHOWN)).agent.messages.nodes,
  });
  /** What they see of the session. */
  const seen = (key: SessionKey) => asked(key, SEEN);

  return { open, elsewhere, shown, seen, append, redact, backing, place: () => place };
}

type Seen = ShownMessage & { blocks: object[]; metadata: object };
const SHOWN = `agent(agentId: "agent") { messages(first: 200) { nodes {
  role author text blocks metadata content { __typename } metrics { usage { totalTokens } } } } }`;
const SEEN = `applicationName metadata usage { totalTokens } agents { agentId model messageCount usage { totalTokens } }`;
