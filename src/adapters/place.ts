import type { ParleyClient } from '../client/index.js';
import { badInput } from '../domain/errors.js';
import { checkAgentId, checkSessionId } from '../domain/sessions/names.js';
import { checkObject, DATABASE_PLACES } from '../library/check-arguments.js';
import type { DatabaseOptions } from '../library/database.js';
import type { About, AgentAddress, ConversationPort, NewEntry } from './port.js';
import type { RepliesPort } from './replies.js';
import type { SnapshotsPort } from './snapshots.js';

/** Where conversations are kept: a database, as the library opens it, or a server, through a client of `parley/client`, which stays open. */
export type Place = DatabaseOptions | { server: ParleyClient };

/** Where, and in which session and agent (`agent` where absent); what else is given describes them from the first write on. */
export type AgentPlace = Place & About & { sessionId: string; agentId?: string };

/** BAD_USER_INPUT for what is none. */
function checkPlace(place: Place): void {
  checkObject(place, 'What says where conversations are kept');
  if (!('server' in place)) return;
  const { server, ...others } = place as Record<string, unknown>;
  const other = DATABASE_PLACES.find((name) => others[name] !== undefined);
  if (other !== undefined)
    throw badInput(`Conversations are kept in one place: server or ${other}, not both.`);
  if (typeof (server as ParleyClient | null | undefined)?.query !== 'function')
    throw badInput('server must be a client: createClient({ url }) of parley/client gives one.');
}

/** The library, and with it a database, is loaded only where a database is named, and looked for once. */
export async function openPort(place: Place): Promise<ConversationPort> {
  checkPlace(place);
  if ('server' in place) return (await import('./client-port.js')).clientPort(place.server);
  library ??= import('./library-port.js');
  return (await library).openLibraryPort(place);
}
let library: Promise<typeof import('./library-port.js')> | null = null;

/** The same for replies in progress. */
export async function openReplies(place: Place): Promise<RepliesPort> {
  checkPlace(place);
  if ('server' in place) return (await import('./client-replies.js')).clientReplies(place.server);
  return (await import('./library-replies.js')).openLibraryReplies(place);
}

/** The same for what agents keep of themselves. */
export async function openSnapshots(place: Place): Promise<SnapshotsPort> {
  checkPlace(place);
  if ('server' in place) return (await import('./client-snapshots.js')).clientSnapshots(place.server);
  return (await import('./library-snapshots.js')).openLibrarySnapshots(place);
}

/** BAD_USER_INPUT, INVALID_NAME: a session that is misspelled would be read as one that is empty. */
export function addressOf(place: AgentPlace): AgentAddress {
  checkPlace(place);
  const { sessionId, agentId = 'agent' } = place;
  checkSessionId(sessionId);
  checkAgentId(agentId);
  return { sessionId, agentId };
}

/**
 * Describes session and agent before the first write, where anything is given that describes them. `modelIn`: the model that entries name, which
 * the agent is described with, too, where none is given and it is another one than was read.
 */
export function described(
  port: ConversationPort,
  about: About,
  modelIn: (entries: readonly NewEntry[]) => string | undefined = () => undefined,
): ConversationPort {
  const { applicationName, metadata, model: givenModel, systemPrompt } = about;
  let isTold = [applicationName, metadata, givenModel, systemPrompt].every((value) => value === undefined);
  let known: string | null = null;
  let last: Promise<unknown> = Promise.resolve();

  const tell = async (agent: AgentAddress, model: string | undefined) => {
    if (isTold && (model === undefined || model === known)) return;
    await port.describe(agent, { ...(isTold ? {} : about), ...(model === undefined ? {} : { model }) });
    isTold = true;
    known = model ?? known;
  };

  return {
    ...port,
    async read(agent, query) {
      const page = await port.read(agent, query);
      known = page.model;
      return page;
    },
    async append(agent, entries, options) {
      const model = givenModel === undefined ? modelIn(entries) : undefined;
      const told = last.then(() => tell(agent, model));
      last = told.catch(() => {});
      await told;
      return port.append(agent, entries, options);
    },
  };
}
