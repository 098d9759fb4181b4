import type { Steps } from '../../../domain/async/in-slices.js';
import type { Change, Position } from '../../../domain/sessions/session-store.js';
import type { Doc } from '../documents/bson-json.js';
import { changePosition, operationOf, writtenAt } from './change-position.js';
import { changesOfEvent } from './changes-of-event.js';
import type { KnownAgents } from './known-agents.js';

/** Turns events, in the order of the stream, into changes with their positions. */
export type Positioner = (event: Doc) => Steps<Change[]>;

/** Changes that one step makes. */
const STEP = 256;

/**
 * Changes count on within one operation: on a sharded cluster two shards may have one cluster time, and in a
 * transaction events share it. Those up to `after` were seen and are left out.
 */
export function createPositioner(after: Position, known: KnownAgents): Positioner {
  let operation = '';
  let ordinal = 0;
  return function* (event) {
    const current = operationOf(event);
    if (current !== operation) ordinal = 0;
    operation = current;
    const at = writtenAt(event);
    const changes: Change[] = [];
    for (const told of changesOfEvent(event, known)) {
      const position = changePosition(operation, ++ordinal);
      if (position > after) changes.push({ position, at, ...told } as Change);
      if (ordinal % STEP === 0) yield;
    }
    return changes;
  };
}
