import { isJsonObject, type JsonValue } from '../domain/json/json-value.js';
import { lossyNumberError } from '../domain/json/written-numbers.js';
import { getPath } from '../domain/sessions/metadata-path.js';
import { checkAgentId } from '../domain/sessions/names.js';
import type { SessionService } from '../domain/sessions/session-service.js';

/** Deeper values are refused as such. */
const MAX_DEPTH = 100;

type Path = readonly (string | number)[];

/**
 * The service for callers whose numbers are JavaScript's: an integer beyond ±(2^53 - 1) may have been another one before it
 * became a number, so that it is refused, unless it stands in the same place already. BAD_USER_INPUT, with its path, before
 * anything is written.
 */
export function exactNumbers(service: SessionService): SessionService {
  const checked =
    <I, O>(write: (input: I) => Promise<O>) =>
    async (input: I): Promise<O> => {
      refuseUnsafe(input, []);
      return write(input);
    };
  return {
    ...service,
    createSession: checked(service.createSession),
    async upsertAgent(input) {
      if (unsafeIn(input)) {
        const { sessionId, agentId } = input;
        checkAgentId(agentId);
        const [[found] = []] = await service.loadAgents([{ sessionId, among: [agentId], windows: [] }]);
        refuseUnsafe(input, [], found?.agent);
      }
      return service.upsertAgent(input);
    },
    appendMessages: checked(service.appendMessages),
    recordMetrics: checked(service.recordMetrics),
    async redactMessage(input) {
      if (unsafeIn(input)) {
        const [message] = await service.loadMessages([input.address]);
        refuseUnsafe(input, [], { replacement: { content: message?.content } });
      }
      return service.redactMessage(input);
    },
    recordGuardrailEvent: checked(service.recordGuardrailEvent),
    async updateMetadata(input) {
      if (unsafeIn(input)) {
        const [session] = await service.loadSessions([input.sessionId]);
        const stored = Object.keys(input.set).map((path) => [path, getPath(session?.metadata ?? {}, path)]);
        refuseUnsafe(input, [], { set: Object.fromEntries(stored) });
      }
      return service.updateMetadata(input);
    },
    addFeedback: checked(service.addFeedback),
  };
}

const isUnsafe = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);

/** BAD_USER_INPUT for a value with such an integer anywhere in it. */
export const refuseInexact = (value: unknown): void => refuseUnsafe(value, []);

function refuseUnsafe(value: unknown, path: Path, stored?: unknown): void {
  const found = unsafeIn(value, path, stored);
  if (found) throw lossyNumberError(found);
}

/** The first that `stored` does not hold in the same place; null where there is none. */
function unsafeIn(
  value: unknown,
  path: Path = [],
  stored?: unknown,
): { path: (string | number)[]; digits: string } | null {
  if (isUnsafe(value)) return value === stored ? null : { path: [...path], digits: String(value) };
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || path.length > MAX_DEPTH)
    return null;
  const there = stored as JsonValue | undefined;
  for (const [key, item] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key;
    const same = Array.isArray(there)
      ? there[Number(key)]
      : isJsonObject(there) && Object.hasOwn(there, key)
        ? there[key]
        : undefined;
    const found = unsafeIn(item, [...path, step], same);
    if (found) return found;
  }
  return null;
}
