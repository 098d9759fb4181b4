import { inSlices, type Steps } from '../async/in-slices.js';
import type { Later } from '../async/later.js';
import type { ReadBudget } from '../read-budget.js';
import type { PositionRange } from './model.js';
import type {
  AgentMarks,
  AgentsRequest,
  AgentWithPages,
  MessagePage,
  SessionStore,
} from './session-store.js';
import { standingOf, standingPage } from './superseding.js';

/**
 * The agents with their pages, also those of which only what stands is asked for: where that lies is looked up first. Such an agent
 * is as it was then: what has come meanwhile is neither counted nor shown, because it may have superseded what is.
 */
export const loadStanding = (
  store: Pick<SessionStore, 'loadAgents' | 'loadSuperseding'>,
  requests: readonly AgentsRequest[],
  budget?: ReadBudget,
): Later<AgentWithPages[][]> =>
  requests.some(asksForStanding)
    ? lookedUpFirst(store, requests, budget)
    : store.loadAgents(requests, budget);

async function lookedUpFirst(
  store: Pick<SessionStore, 'loadAgents' | 'loadSuperseding'>,
  requests: readonly AgentsRequest[],
  budget?: ReadBudget,
): Promise<AgentWithPages[][]> {
  const marked = await store.loadSuperseding(requests, budget);
  const asked: AgentsRequest[] = [];
  const answers: { place: number; finish: Plan['finish'] }[][] = [];
  for (const [index, request] of requests.entries()) {
    const plans: Plan[] = asksForStanding(request)
      ? await inSlices(plansOf(request, marked[index] ?? []))
      : [{ request, finish: (found) => found }];
    answers.push(plans.map(({ request: one, finish }) => ({ place: asked.push(one) - 1, finish })));
  }
  const found = await store.loadAgents(asked, budget);
  return answers.map((parts) => parts.flatMap(({ place, finish }) => finish(found[place] ?? [])));
}

/** Where what stands of one agent lies, of how many messages; null where there is no such agent. */
export async function lookUpStanding(
  store: Pick<SessionStore, 'loadSuperseding'>,
  { sessionId, agentId }: { sessionId: string; agentId: string },
): Promise<Standing | null> {
  const [[found] = []] = await store.loadSuperseding([{ sessionId, among: [agentId] }]);
  return found ? { messageCount: found.messageCount, standing: await inSlices(standingOf(found)) } : null;
}

export interface Standing {
  messageCount: number;
  standing: readonly PositionRange[];
}

const asksForStanding = ({ windows }: AgentsRequest) => windows.some(({ standing }) => standing);

function* plansOf(request: AgentsRequest, agents: readonly AgentMarks[]): Steps<Plan[]> {
  const plans: Plan[] = [];
  for (const agent of agents) plans.push(yield* planOf(request, agent));
  return plans;
}

interface Plan {
  request: AgentsRequest;
  finish: (found: AgentWithPages[]) => AgentWithPages[];
}

/** The request for this one agent by places, and what makes its answer that of the request. */
function* planOf(request: AgentsRequest, agent: AgentMarks): Steps<Plan> {
  const { agentId, messageCount } = agent;
  const standing = yield* standingOf(agent);
  yield;
  const pages = request.windows.map((window) =>
    window.standing ? standingPage(standing, messageCount, window) : null,
  );
  const windows = request.windows.map((window, index) =>
    pages[index] ? { runs: pages[index].runs } : window,
  );
  const finish = (found: AgentWithPages[]): AgentWithPages[] =>
    found.map((one) => ({
      agent: { ...one.agent, messageCount },
      pages: one.pages.map((page, index): MessagePage => {
        const place = pages[index];
        return place ? { ...page, hasPrevious: place.hasPrevious, hasNext: place.hasNext } : page;
      }),
    }));
  return { request: { ...request, among: [agentId], windows }, finish };
}
