import { ParleyError } from '../errors.js';
import type { JsonValue } from '../json/json-value.js';
import { isSameJson } from '../json/same-json.js';
import { getPath } from '../sessions/metadata-path.js';
import type { Session } from '../sessions/model.js';
import type { SessionFilter, SessionPart } from '../sessions/session-store.js';
import type { Reach } from './policy.js';

/** Whether the id alone allows the session. */
export const allowsId = ({ sessionId, sessionIdPrefix }: Reach, id: string): boolean =>
  (sessionId === undefined || id === sessionId) &&
  (sessionIdPrefix === undefined || id.startsWith(sessionIdPrefix));

/** Whether anything is beyond it. */
export const isLimited = (reach: Reach): boolean => Object.keys(reach).length > 0;

/** Whether the session itself has to be looked at, beyond its id. */
export const looksAtSession = ({ createdAt, applicationName, metadata }: Reach): boolean =>
  createdAt !== undefined || applicationName !== undefined || metadata !== undefined;

/** Whether a removed session was within reach, of which only its id and its time are left; false where these do not tell. */
export const reachedRemoved = (reach: Reach, id: string, createdAt: number | null): boolean =>
  reach.applicationName === undefined &&
  reach.metadata === undefined &&
  allowsId(reach, id) &&
  (reach.createdAt === undefined || reach.createdAt === createdAt);

/** These parts, with what `reaches` looks at. */
export const withReachParts = ({ metadata }: Reach, parts: readonly SessionPart[]): readonly SessionPart[] =>
  metadata === undefined || parts.includes('metadata') ? parts : [...parts, 'metadata'];

/** Of a session that was loaded with its reach's parts. */
export function reaches(reach: Reach, session: Session): boolean {
  if (!allowsId(reach, session.sessionId)) return false;
  if (reach.createdAt !== undefined && (session.createdAt?.getTime() ?? null) !== reach.createdAt)
    return false;
  if (reach.applicationName !== undefined && session.applicationName !== reach.applicationName) return false;
  return Object.entries(reach.metadata ?? {}).every(([path, value]) => {
    const stored = getPath(session.metadata, path);
    return stored !== undefined && decides(value) && isSameJson(stored, value);
  });
}

/** To whoever would make a session that is beyond its reach, or may be: whether it is there is not told. */
export const mayNotMake = () =>
  new ParleyError(
    'FORBIDDEN',
    'This credential may not make this session. Create it first, within its reach.',
  );

/** An integer beyond 2^53 stands for its neighbours too, so that it would open what is meant for others: it opens nothing. */
const decides = (value: JsonValue): boolean =>
  typeof value === 'number'
    ? !Number.isInteger(value) || Number.isSafeInteger(value)
    : typeof value !== 'object' || value === null || Object.values(value).every(decides);

const FIRST_TIME = new Date(-8.64e15);

function madeAt(createdAt: number | null): SessionFilter {
  if (createdAt === null) return { not: { createdAt: { gte: FIRST_TIME } } };
  const time = new Date(createdAt);
  return { createdAt: { gte: time, lte: time } };
}

/** As a filter, so that pages and counts leave out what is not within reach. */
export function filterOfReach({
  sessionId,
  sessionIdPrefix,
  createdAt,
  applicationName,
  metadata,
}: Reach): SessionFilter {
  return {
    ...(sessionId === undefined ? {} : { sessionIds: [sessionId] }),
    ...(createdAt === undefined ? {} : madeAt(createdAt)),
    ...(sessionIdPrefix === undefined ? {} : { sessionIdPrefix }),
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(metadata === undefined
      ? {}
      : {
          metadata: Object.entries(metadata).map(([path, value]) =>
            decides(value) ? { path, equals: value } : { path, in: [] },
          ),
        }),
  };
}
