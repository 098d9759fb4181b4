import type { Message } from '../../../src/domain/sessions/model.js';
import type { OpenedStore } from '../../../src/stores/open-store.js';

/** The session that all write to and follow. */
export const SESSION = 's';

export const textOf = (content: readonly object[]) =>
  content.flatMap((block) => ('text' in block ? [String(block.text)] : [])).join('\n');

/** Of each agent, or of `only` that one. */
export async function messagesIn(store: OpenedStore, only: string | null): Promise<Map<string, Message[]>> {
  const [agents = []] = await store.sessions.loadAgents([
    { sessionId: SESSION, among: 'all', windows: [{ first: 10_000 }] },
  ]);
  return new Map(
    agents
      .filter(({ agent }) => only === null || agent.agentId === only)
      .map(({ agent, pages }) => [agent.agentId, [...(pages[0]?.messages ?? [])]]),
  );
}

export async function textsIn(store: OpenedStore, only: string | null): Promise<Map<string, string[]>> {
  const messages = await messagesIn(store, only);
  return new Map([...messages].map(([id, all]) => [id, all.map(({ content }) => textOf(content))]));
}

/** What a reader of this shape has to show, as JSON whose order says nothing. */
export async function truthIn(
  store: OpenedStore,
  shape: { agentId: string | null; replies: boolean },
): Promise<string> {
  const states = ['writing', 'abandoned'] as const;
  const listed = await store.replies.list([
    { sessionId: SESSION, agentId: shape.agentId, states, limit: 100 },
  ]);
  const replies: Record<string, { text: string; abandoned: boolean }> = {};
  for (const { replyId, state } of shape.replies ? listed.flat() : []) {
    const text = (await store.replies.parts(replyId)).map((part) => part.text).join('');
    replies[replyId] = { text, abandoned: state === 'abandoned' };
  }
  return asJson({ messages: Object.fromEntries(await textsIn(store, shape.agentId)), replies });
}

export const asJson = ({ messages, replies }: { messages: object; replies: object }): string =>
  JSON.stringify([messages, replies].map((one) => Object.entries(one).sort(([x], [y]) => (x < y ? -1 : 1))));
