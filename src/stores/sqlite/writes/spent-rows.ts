import { JsonText } from '../../../domain/json/json-text.js';
import type { JsonObject } from '../../../domain/json/json-value.js';
import type { Usage } from '../../../domain/sessions/model.js';
import { ownUsage } from '../../../domain/sessions/own-usage.js';
import { type Spent, spentBy } from '../../../domain/sessions/usage-costs.js';
import { parseOrNull } from '../reads/rows.js';
import type { Row, Statements } from '../statements.js';

/*
 * What of a message decides about costs, as SQLite finds it in what may be large: to parse all of that would take most of a second of everybody's
 * writes, and a tenth of it as it is found here.
 */

/** The part of its metadata, or null; `metadata` stands in a statement. */
const usageIn = (metadata: string) =>
  `iif(json_type(${metadata}, '$.usage') = 'object', ${metadata} -> '$.usage', NULL)`;

/** Columns of a statement on `messages`. `characters`: of what was looked through. */
export const SPENT_COLUMNS = `role, ${usageIn('metadata')} AS own, event_loop_metrics -> '$.accumulated_usage' AS counts,
  event_loop_metrics -> '$.cycle_metrics' AS cycles,
  coalesce(octet_length(metadata), 0) + coalesce(octet_length(event_loop_metrics), 0) AS characters`;

export const spentOf = ({ role, own, counts, cycles }: Row): Spent =>
  spentBy({
    role,
    metadata: metadataWith(own),
    eventLoopMetrics:
      counts === null
        ? null
        : {
            accumulated_usage: JSON.parse(counts),
            cycle_metrics: cycles === null ? null : JSON.parse(cycles),
          },
  });

export const ownOf = ({ own }: Row): Usage | null => ownUsage(metadataWith(own));

const metadataWith = (own: string | null): JsonObject | null =>
  own === null ? null : { usage: parseOrNull(own) };

/** Of metadata that are given. */
export function usageOfGiven(statements: Statements, metadata: JsonObject | undefined): Usage | null {
  if (!(metadata instanceof JsonText)) return ownUsage(metadata ?? null);
  return ownOf(
    statements.get(`SELECT ${usageIn('given')} AS own FROM (SELECT ? AS given)`, metadata.written.toString()),
  );
}
