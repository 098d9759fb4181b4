import type { AgentsRequest } from '../../../domain/sessions/session-store.js';
import type { Row } from '../statements.js';
import { forMessageParts, MESSAGE_PART_COLUMNS } from './part-columns.js';
import { placeIn, valueAt } from './row-places.js';

/** What a request says of the messages of its pages. */
export type AskedOfMessages = Pick<AgentsRequest, 'messageParts' | 'identities'>;

/** Of a message, behind what its parts take; these follow in their order. */
export const SMALL_COLUMNS = ['position', 'redacted', 'role', 'created_at'];
/** And these, where somebody looks at them. */
const IDENTITIES = ['storage_id', 'updated_at', 'client_id', 'tracking_id', 'supersedes'];
export const WITH_IDENTITIES = [...SMALL_COLUMNS, ...IDENTITIES];

/** The columns by their names, null what was not read. */
const columnsOf = (small: readonly string[]) =>
  forMessageParts((parts) => {
    const read = [...small, ...parts.map((part) => MESSAGE_PART_COLUMNS[part])];
    // Behind what its parts take.
    const at = (column: string) => placeIn(read, column, 1);
    const [storageId, updatedAt, clientId, trackingId, supersedes] = IDENTITIES.map(at) as Five;
    const [content, metadata, metrics, guardrail] = PART_COLUMNS.map(at) as Four;
    return (row: Row): Row => ({
      position: row[1],
      redacted: row[2],
      role: row[3],
      created_at: row[4],
      storage_id: valueAt(row, storageId),
      updated_at: valueAt(row, updatedAt) ?? row[4],
      client_id: valueAt(row, clientId),
      tracking_id: valueAt(row, trackingId),
      supersedes: valueAt(row, supersedes),
      content: valueAt(row, content),
      metadata: valueAt(row, metadata),
      event_loop_metrics: valueAt(row, metrics),
      guardrail_event: valueAt(row, guardrail),
    });
  });
const PART_COLUMNS = ['content', 'metadata', 'event_loop_metrics', 'guardrail_event'];
type Four = [number, number, number, number];
type Five = [...Four, number];
const wholeColumns = columnsOf(WITH_IDENTITIES);
const shortColumns = columnsOf(SMALL_COLUMNS);
export const messageColumnsOf = ({ messageParts, identities }: AskedOfMessages) =>
  (identities === false ? shortColumns : wholeColumns)(messageParts);
