import type { JsonValue } from '../domain/json/json-value.js';
import { checkMetadataPath } from '../domain/sessions/names.js';
import type { MetadataCondition, SessionFilter } from '../domain/sessions/session-store.js';

/** The members by which a file of the configuration names sessions; all that are given hold. */
export const MATCH_MEMBERS = ['applicationName', 'sessionType', 'metadata'] as const;

/** `{}` where none is given. Throws an Error with one sentence, or INVALID_METADATA_PATH. */
export function parseMatch(given: Readonly<Record<string, unknown>>): SessionFilter {
  const { applicationName, sessionType, metadata } = given;
  if (applicationName !== undefined && applicationName !== null && !isText(applicationName)) {
    throw new Error('applicationName takes text, or null for sessions without one');
  }
  if (sessionType !== undefined && !isText(sessionType)) throw new Error('sessionType takes text');
  return {
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(sessionType === undefined ? {} : { sessionType }),
    ...(metadata === undefined ? {} : { metadata: conditionsOf(metadata) }),
  };
}

export const isText = (value: unknown): value is string => typeof value === 'string';

/** Throws where a member is given that there is not. `what` it is: "a rule". */
export function refuseUnknownMembers(given: object, members: readonly string[], what: string): void {
  const unknown = Object.keys(given).find((member) => !members.includes(member));
  if (unknown !== undefined) {
    throw new Error(`there is no ${JSON.stringify(unknown)}; ${what} has ${members.join(', ')}`);
  }
}

function conditionsOf(metadata: unknown): MetadataCondition[] {
  const entries = typeof metadata === 'object' ? Object.entries(metadata ?? {}) : [];
  if (entries.length === 0 || Array.isArray(metadata)) {
    throw new Error('metadata takes paths and their values, such as {"user.plan": "free"}');
  }
  return entries.map(([path, equals]: [string, JsonValue]) => {
    checkMetadataPath(path);
    if (typeof equals === 'object' && equals !== null) {
      throw new Error(`metadata ${JSON.stringify(path)} takes text, a number, true, false or null`);
    }
    return { path, equals };
  });
}
