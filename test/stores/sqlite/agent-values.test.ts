import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AGENT_PARTS } from '../../../src/domain/sessions/session-store.js';
import { anAgent } from '../contract/inputs.js';
import { append, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
beforeEach(async () => {
  file = await useFile();
});
afterEach(() => file.remove());

const LARGE = 'x'.repeat(100_000);
const all = (text: string) => ({
  systemPrompt: text,
  promptMetadata: { text },
  state: { text },
  conversationManagerState: { text },
});
async function stage() {
  const { sessions } = await file.open();
  const write = (texts: string[]) => sessions.appendMessages(append('s', 'a', texts));
  const read = async () => {
    const request = { sessionId: 's', among: 'all' as const, windows: [], parts: AGENT_PARTS };
    return (await sessions.loadAgents([request]))[0]?.[0]?.agent;
  };
  await write(['first']);
  const db = new Database(file.path, { readonly: true });
  const beside = () => db.prepare('SELECT part FROM agent_values ORDER BY part').pluck().all();
  const inRow = () =>
    db
      .prepare(
        `SELECT octet_length(state) + octet_length(conversation_manager_state)
           + coalesce(octet_length(system_prompt), 0) + coalesce(octet_length(prompt_metadata), 0) FROM agents`,
      )
      .pluck()
      .get();
  return { sessions, write, read, beside, inRow, close: () => void db.close() };
}

it('what is large of an agent lies beside its row, which every append writes', async () => {
  const { sessions, write, read, beside, inRow, close } = await stage();
  await sessions.upsertAgent(anAgent('s', 'a', all(LARGE)));
  expect(beside()).toEqual([1, 2, 4, 8]);
  expect(inRow()).toBe(4);
  await sessions.upsertAgent(anAgent('s', 'a', { model: 'm' }));
  await write(['second']);
  expect(await read()).toMatchObject({ ...all(LARGE), model: 'm', messageCount: 2 });
  close();
});

it('each part comes back into the row where it is small again, or gone', async () => {
  const { sessions, read, beside, close } = await stage();
  await sessions.upsertAgent(anAgent('s', 'a', all(LARGE)));
  await sessions.upsertAgent(anAgent('s', 'a', { state: { text: 'small' }, promptMetadata: null }));
  expect(beside()).toEqual([1, 8]);
  await sessions.upsertAgent(anAgent('s', 'a', { systemPrompt: `${LARGE}y` }));
  expect(await read()).toMatchObject({
    ...all(LARGE),
    systemPrompt: `${LARGE}y`,
    state: { text: 'small' },
    promptMetadata: null,
  });
  close();
});

it('goes with its session', async () => {
  const { sessions, beside, close } = await stage();
  await sessions.upsertAgent(anAgent('s', 'a', all(LARGE)));
  expect(await sessions.deleteSession('s', new Date())).toBe(true);
  expect(beside()).toEqual([]);
  expect((await sessions.remainsOf(['s'])).filter(({ left }) => left > 0)).toEqual([]);
  close();
});
