import { ParleyError } from '../../domain/errors.js';
import { sha256 } from '../../domain/sessions/idempotency.js';
import { MAX_IDENTITY_LENGTH } from '../../domain/sessions/session-inputs.js';
import type { AgentAddress } from '../port.js';

/** As the SDK names a transcript: the main one of a session, or with `subpath` one beside it, such as a subagent's. */
export interface SessionKey {
  projectKey: string;
  sessionId: string;
  subpath?: string;
}

/** A project's sessions begin so. Two projects may have sessions of the same id. */
export function prefixOf(projectKey: string): string {
  checkText(projectKey, 'projectKey');
  return `${escaped(projectKey, /[%/]/g)}/`;
}

/** The transcripts beside the main one: what an agent id does not take is escaped. */
const besidesOf = (main: string): string => `${main}/`;

/** Each transcript is an agent of the session. BAD_USER_INPUT, INVALID_NAME where it is too long. */
export function addressOf(key: SessionKey, main: string): AgentAddress {
  const { projectKey, sessionId, subpath } = key ?? {};
  checkText(sessionId, 'sessionId');
  const address = { sessionId: prefixOf(projectKey) + sessionId, agentId: main };
  if (subpath === undefined) return address;
  checkText(subpath, 'subpath');
  return { ...address, agentId: besidesOf(main) + escaped(subpath, /[%.]/g) };
}

/** Null for an agent that is no transcript beside the main one. */
export function subpathOf(agentId: string, main: string): string | null {
  const prefix = besidesOf(main);
  if (!agentId.startsWith(prefix)) return null;
  return agentId
    .slice(prefix.length)
    .replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

const escaped = (text: string, what: RegExp): string =>
  text.replace(what, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

function checkText(value: unknown, name: string): void {
  if (typeof value === 'string' && value !== '') return;
  const instead = name === 'subpath' ? ' Leave it out for the main transcript.' : '';
  throw new ParleyError('BAD_USER_INPUT', `key.${name} must be a text that is not empty.${instead}`);
}

/** What a message of a transcript that was deleted `deletions` times is known by: it may come again after each. */
export function clientIdOf(uuid: string, deletions: number): string {
  const id = deletions === 0 ? uuid : `${uuid} ${deletions}`;
  return id.length <= MAX_IDENTITY_LENGTH && id.isWellFormed() && !id.includes('\0')
    ? id
    : `claude-agent-sdk ${sha256(id)}`;
}

export const uuidOf = (clientId: string): string => clientId.replace(/ \d+$/, '');

/** Of the entry that deletes a transcript for the nth time. */
export const deletionId = (nth: number): string => `claude-agent-sdk deleted ${nth}`;
