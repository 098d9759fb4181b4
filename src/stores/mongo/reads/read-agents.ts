import { inSlices, mapSteps, type Steps } from '../../../domain/async/in-slices.js';
import type { ReadBudget } from '../../../domain/read-budget.js';
import type { Agent, Message } from '../../../domain/sessions/model.js';
import type {
  AgentsRequest,
  AgentWithPages,
  MessagePage,
  MessagePart,
  MessageWindow,
} from '../../../domain/sessions/session-store.js';
import { agentSteps } from '../documents/agent-document.js';
import { type Doc, isDoc } from '../documents/bson-json.js';
import { integerOrNull, listOf, textOrNull } from '../documents/field-values.js';
import { messageSteps } from '../documents/message-document.js';
import type { Sessions } from '../driver/collection.js';
import { readByIds } from './read-by-ids.js';
import { AGENTS, agentDataOf, type Expression, messageOf, messagesOf, notesOf } from './read-expressions.js';
import { sized, sizedValue } from './sized-read.js';

/** Requests that ask the same of different sessions, answered by one field of the projection. */
interface Shape {
  request: AgentsRequest;
  sessionIds: string[];
}

/** One aggregation for all requests; only the messages of the pages leave the server. */
export async function loadAgents(
  sessions: Sessions,
  requests: readonly AgentsRequest[],
  budget?: ReadBudget,
): Promise<AgentWithPages[][]> {
  if (requests.length === 0) return [];
  const shapes = new Map<string, Shape>();
  const shapeOf = requests.map((request, index) => {
    const key = JSON.stringify([request.among, request.windows, request.parts, request.messageParts]);
    const shape = shapes.get(key) ?? { request, sessionIds: [] };
    shapes.set(key, shape);
    shape.sessionIds.push(requests[index]?.sessionId ?? '');
    return key;
  });
  const fields = new Map([...shapes.keys()].map((key, index) => [key, `r${index}`]));
  const projection = (most: number) =>
    Object.fromEntries(
      [...shapes].map(([key, { request, sessionIds }]) => [
        fields.get(key) as string,
        ofSessions(sized({ agents: agentsExpression(request) }, most), sessionIds, shapes.size),
      ]),
    );
  const ids = requests.map(({ sessionId }) => sessionId);
  const found = await readByIds(sessions, ids, projection, [...fields.values()], budget);
  const fieldOf = ({ sessionId }: AgentsRequest, index: number) =>
    found.get(sessionId)?.[fields.get(shapeOf[index] as string) as string];
  const asked = requests.map((request, index) => ({ request, field: fieldOf(request, index) }));
  return inSlices(
    mapSteps(asked, ({ request, field }) => inOrder(request, listOf(sizedValue(field).agents).filter(isDoc))),
  );
}

/** Where all ask the same, it is asked of all. */
const ofSessions = (expression: Expression, sessionIds: readonly string[], shapes: number): Expression =>
  shapes === 1 ? expression : { $cond: [{ $in: ['$_id', { $literal: sessionIds }] }, expression, null] };

function agentsExpression({ among, windows, parts, messageParts }: AgentsRequest): Expression {
  const input =
    among === 'all'
      ? AGENTS
      : { $filter: { input: AGENTS, as: 'a', cond: { $in: ['$$a.k', { $literal: [...among] }] } } };
  const agent = {
    k: '$$a.k',
    agent_data: agentDataOf('$$a.v.agent_data', parts),
    created_at: '$$a.v.created_at',
    updated_at: '$$a.v.updated_at',
    message_count: { $size: '$$messages' },
    pages: windows.map((window) => pageExpression(window, messageParts)),
  };
  return {
    $map: {
      input,
      as: 'a',
      in: { $let: { vars: { messages: messagesOf('$$a.v'), notes: notesOf('$$a.v') }, in: agent } },
    },
  };
}

/** `{start, messages, notes}` of what lies in the window; without `start` where that is the end of the list. */
function pageExpression(
  { first, last, after, before, runs }: MessageWindow,
  parts: readonly MessagePart[] | undefined,
): Expression {
  const shown = messageOf('$$m', parts);
  const page = (messages: Expression, isIn: Expression) => ({
    messages: shown === '$$m' ? messages : { $map: { input: messages, as: 'm', in: shown } },
    notes: { $filter: { input: '$$notes', as: 'n', cond: isIn } },
  });
  if (runs) {
    const [low, high] = [runs[0]?.from ?? 0, runs.at(-1)?.to ?? -1];
    const slices = runs.map(({ from, to }) => ({ $slice: ['$$messages', from, to - from + 1] }));
    const isIn = { $and: [{ $gte: ['$$n.at', low] }, { $lte: ['$$n.at', high] }] };
    return page(slices.length > 0 ? { $concatArrays: slices } : [], isIn);
  }
  const size = { $size: '$$messages' };
  const low = Math.max(0, (after ?? -1) + 1);
  const high = before === undefined ? size : { $min: [size, Math.max(0, before)] };
  // As in a list of sessions: to compute where it lies would cost the server more than the page does.
  if (first === undefined && last && low === 0 && before === undefined) {
    return page({ $slice: ['$$messages', -last] }, { $gte: ['$$n.at', { $subtract: [size, last] }] });
  }
  const [start, end] =
    first !== undefined
      ? [low, { $min: [high, low + first] }]
      : [last === undefined ? low : { $max: [low, { $subtract: [high, last] }] }, high];
  const messages = {
    $cond: [
      { $gt: ['$$end', '$$start'] },
      { $slice: ['$$messages', '$$start', { $subtract: ['$$end', '$$start'] }] },
      [],
    ],
  };
  const isIn = { $and: [{ $gte: ['$$n.at', '$$start'] }, { $lt: ['$$n.at', '$$end'] }] };
  return { $let: { vars: { start, end }, in: { start: '$$start', ...page(messages, isIn) } } };
}

function* inOrder(request: AgentsRequest, docs: Doc[]): Steps<AgentWithPages[]> {
  const agents = yield* mapSteps(docs, (doc) => agentWithPages(request, doc));
  if (request.among === 'all') return agents;
  const byId = new Map(agents.map((found) => [found.agent.agentId, found]));
  return request.among.flatMap((agentId) => byId.get(agentId) ?? []);
}

function* agentWithPages({ sessionId, windows }: AgentsRequest, doc: Doc): Steps<AgentWithPages> {
  const agent = yield* agentSteps(sessionId, textOrNull(doc.k) ?? '', doc);
  const pages: MessagePage[] = [];
  for (const [index, page] of listOf(doc.pages).entries())
    pages.push(yield* pageSteps(agent, windows[index] as MessageWindow, page as StoredPage));
  return { agent, pages };
}

type StoredPage = { start?: number; messages: unknown[]; notes: Doc[] };

function* pageSteps(
  { sessionId, agentId, messageCount: count }: Agent,
  { before, runs }: MessageWindow,
  { messages, notes, ...where }: StoredPage,
): Steps<MessagePage> {
  const noteAt = new Map(notes.filter(isDoc).map((note) => [integerOrNull(note.at), note]));
  const start = where.start ?? count - messages.length;
  const places = runs?.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, n) => from + n));
  const first = Math.min(start, count, before ?? count);
  const shown: Message[] = [];
  for (const [offset, message] of messages.entries()) {
    const position = places?.[offset] ?? start + offset;
    shown.push(yield* messageSteps(message, { sessionId, agentId, position }, noteAt.get(position)));
    yield;
  }
  return { messages: shown, hasPrevious: first > 0, hasNext: start + messages.length < count };
}
