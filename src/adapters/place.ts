import type { ParleyClient } from '../client/index.js';
import type { DatabaseOptions } from '../library/database.js';
import type { About, AgentAddress, ConversationPort } from './port.js';
import type { RepliesPort } from './replies.js';

/** Where conversations are kept: a database, as the library opens it, or a server, through a client of `parley/client`, which stays open. */
export type Place = DatabaseOptions | { server: ParleyClient };

/** Where, and in which session and agent (`agent` where absent); what else is given describes them from the first write on. */
export type AgentPlace = Place & About & { sessionId: string; agentId?: string };

/** The library, and with it a database, is loaded only where a database is named, and looked for once. */
export async function openPort(place: Place): Promise<ConversationPort> {
  if ('server' in place) return (await import('./client-port.js')).clientPort(place.server);
  library ??= import('./library-port.js');
  return (await library).openLibraryPort(place);
}
let library: Promise<typeof import('./library-port.js')> | null = null;

/** The same for replies in progress. */
export async function openReplies(place: Place): Promise<RepliesPort> {
  if ('server' in place) return (await import('./client-replies.js')).clientReplies(place.server);
  return (await import('./library-replies.js')).openLibraryReplies(place);
}

export const addressOf = ({ sessionId, agentId = 'agent' }: AgentPlace): AgentAddress => ({
  sessionId,
  agentId,
});

/** Describes session and agent once, before its first write, where anything is given that describes them. */
export function described(port: ConversationPort, about: About): ConversationPort {
  const { applicationName, metadata, model, systemPrompt } = about;
  const isGiven = [applicationName, metadata, model, systemPrompt].some((value) => value !== undefined);
  let done: Promise<void> | null = null;
  return {
    ...port,
    async append(agent, entries, options) {
      done ??= isGiven ? port.describe(agent, about) : Promise.resolve();
      await done.catch((error: unknown) => {
        done = null;
        throw error;
      });
      return port.append(agent, entries, options);
    },
  };
}
