import type { Message } from '../sessions/model.js';
import type { Change, MessagePart } from '../sessions/session-store.js';
import type { LiveLoads } from './live-loads.js';

export type MessageChange = Change & { kind: 'message-added' | 'message-updated' };

/** Changes of messages, by their places in a list. */
interface Run {
  agentId: string;
  /** Of the first; where there are several, they are added one behind the other. */
  position: number;
  places: number[];
  grows: boolean;
}

/**
 * The messages of changes that are `wanted`, in the order of the changes: messages that were added one behind the other are one page.
 * Null where one is gone; undefined where it is not loaded: it is no message, it is not wanted, it is large together with the
 * others, or it could not be.
 */
export async function loadAhead(
  loads: Pick<LiveLoads, 'agentsIfSmall' | 'messageAhead'>,
  { sessionId, parts }: { sessionId: string; parts: readonly MessagePart[] },
  changes: readonly Change[],
  wanted: (change: MessageChange) => boolean,
): Promise<(Message | null | undefined)[]> {
  const found: (Message | null | undefined)[] = changes.map(() => undefined);

  async function load({ agentId, position, places }: Run): Promise<void> {
    const [place = 0] = places;
    if (places.length === 1) {
      found[place] = await loads.messageAhead({ sessionId, agentId, position }, parts);
      return;
    }
    const windows = [{ first: places.length, after: position - 1 }];
    const request = { sessionId, among: [agentId], windows, parts: [], messageParts: parts };
    const agents = await loads.agentsIfSmall(request);
    if (!agents) return;
    const messages = agents[0]?.pages[0]?.messages ?? [];
    for (const [index, at] of places.entries()) found[at] = messages[index] ?? null;
  }

  await Promise.all(runsOf(changes, wanted).map((run) => load(run).catch(() => {})));
  return found;
}

function runsOf(changes: readonly Change[], wanted: (change: MessageChange) => boolean): Run[] {
  const runs: Run[] = [];
  /** Of each agent, the run that its next message may belong to. */
  const last = new Map<string, Run>();
  for (const [place, change] of changes.entries()) {
    if (!isOfMessage(change) || !wanted(change)) continue;
    const { agentId, index } = change;
    const run = last.get(agentId);
    const grows = change.kind === 'message-added';
    if (grows && run?.grows && index === run.position + run.places.length) run.places.push(place);
    else {
      const fresh = { agentId, position: index, places: [place], grows };
      runs.push(fresh);
      last.set(agentId, fresh);
    }
  }
  return runs;
}

const isOfMessage = (change: Change): change is MessageChange =>
  change.kind === 'message-added' || change.kind === 'message-updated';
