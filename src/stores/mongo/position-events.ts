import type { Change, Position } from '../../domain/sessions/session-store.js';
import type { Doc } from './bson-json.js';
import { changePosition, operationOf, writtenAt } from './change-position.js';
import { changesOfEvent } from './changes-of-event.js';
import type { KnownAgents } from './known-agents.js';

/** Turns events, in the order of the stream, into changes with their positions. */
export type Positioner = (event: Doc) => Change[];

/**
 * Changes count on within one operation: on a sharded cluster two shards may have one cluster time, and in a
 * transaction events share it. Those up to `after` were seen and are left out.
 */
export function createPositioner(after: Position, known: KnownAgents): Positioner {
  let operation = '';
  let ordinal = 0;
  return (event) => {
    const current = operationOf(event);
    if (current !== operation) ordinal = 0;
    operation = current;
    const at = writtenAt(event);
    return changesOfEvent(event, known).flatMap((told): Change[] => {
      const position = changePosition(operation, ++ordinal);
      return position > after ? [{ position, at, ...told } as Change] : [];
    });
  };
}
