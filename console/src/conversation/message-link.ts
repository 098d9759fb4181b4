import type { MessagePlace } from './open-conversation.js';

/** `#support/42`: the message at position 42 of the agent `support`. */
export const linkTo = ({ agentId, position }: MessagePlace) => `#${encodeURIComponent(agentId)}/${position}`;

export function linkedMessage(hash: string): MessagePlace | null {
  const [, agent, position] = /^#([^/]+)\/(\d{1,9})$/.exec(hash) ?? [];
  if (agent === undefined) return null;
  try {
    return { agentId: decodeURIComponent(agent), position: Number(position) };
  } catch {
    return null;
  }
}
