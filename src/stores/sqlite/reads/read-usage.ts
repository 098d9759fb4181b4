import { ROW_BYTES } from '../../../domain/read-budget.js';
import type { Usage } from '../../../domain/sessions/model.js';
import { ownUsage } from '../../../domain/sessions/own-usage.js';
import type { UsageRequest } from '../../../domain/sessions/session-store.js';
import { exactTotals, USAGE_FIELDS } from '../../../domain/sessions/usage.js';
import type { Row, Statements } from '../statements.js';
import { USAGE_COLUMNS } from '../writes/usage-columns.js';
import type { Found } from './budgeted-read.js';
import { parseOrNull } from './rows.js';
import type { RowsRead } from './rows-read.js';

/** By a list of requests. `total`: `sum` fails where integers overflow, and with it every page that the session is in. */
export const LOAD_TOTALS = `
SELECT request.key AS request, count(agents.id) AS agents,
  ${USAGE_COLUMNS.map((column) => `total(${column}) AS ${column}`).join(', ')}
FROM json_each(?) AS request
CROSS JOIN sessions ON sessions.session_id = request.value ->> 'sessionId'
LEFT JOIN agents ON agents.session = sessions.id AND in_time(agents.id)
  AND (request.value ->> 'agentId' IS NULL OR agents.agent_id = request.value ->> 'agentId')
GROUP BY request.key`;

/** By a list of requests that name a position. */
const FROM_MESSAGES = `
FROM json_each(?) AS request
CROSS JOIN sessions ON sessions.session_id = request.value ->> 'sessionId'
CROSS JOIN agents ON agents.session = sessions.id AND agents.agent_id = request.value ->> 'agentId'
CROSS JOIN messages ON messages.agent = agents.id AND messages.position = request.value ->> 'position' AND in_time(messages.position)
LEFT JOIN usage_readings ON usage_readings.agent = agents.id AND usage_readings.position = messages.position`;
export const LOAD_COSTS = `SELECT request.key AS request, messages.metadata, usage_readings.rise ${FROM_MESSAGES}`;
const MEASURE_COSTS = `SELECT sum(octet_length(messages.metadata)) AS bytes ${FROM_MESSAGES}`;

export const usageRead: RowsRead<readonly UsageRequest[], (Usage | null)[]> = {
  rows: loadUsage,
  // They are counted where they are read: the texts go nowhere.
  *value(_requests, usages) {
    yield;
    return [...usages];
  },
};

function loadUsage(
  statements: Statements,
  requests: readonly UsageRequest[],
  most: number,
): Found<(Usage | null)[]> {
  const costs = requests.filter(({ position }) => position !== undefined);
  // Between measuring and loading nothing may grow.
  return statements.snapshot(() => {
    // Of a total no text is read.
    const measured = costs.length === 0 ? null : statements.get(MEASURE_COSTS, JSON.stringify(costs));
    const bytes = requests.length * ROW_BYTES + (measured?.bytes ?? 0);
    return bytes <= most ? { bytes, value: usagesOf(statements, requests) } : { bytes };
  });
}

function usagesOf(statements: Statements, requests: readonly UsageRequest[]): (Usage | null)[] {
  const found: (Usage | null)[] = requests.map(() => null);
  const answer = (
    sql: string,
    wanted: (request: UsageRequest) => boolean,
    read: (row: Row, request: UsageRequest) => Usage | null,
  ) => {
    const asked = requests.flatMap((request, index) => (wanted(request) ? [{ request, index }] : []));
    if (asked.length === 0) return;
    for (const row of statements.all(sql, JSON.stringify(asked.map(({ request }) => request)))) {
      const { request, index } = asked[row.request] as { request: UsageRequest; index: number };
      found[index] = read(row, request);
    }
  };
  answer(LOAD_COSTS, ({ position }) => position !== undefined, costOf);
  answer(
    LOAD_TOTALS,
    ({ position, agentId }) => position === undefined || agentId === undefined,
    // An agent that is not there has none; a session without agents has zero.
    (row, { agentId }) => (agentId !== undefined && row.agents === 0 ? null : totalOf(row)),
  );
  return found;
}

const costOf = ({ metadata, rise }: Row): Usage | null =>
  ownUsage(parseOrNull(metadata)) ?? (parseOrNull(rise) as Usage | null);

const totalOf = (row: Row): Usage =>
  exactTotals(
    Object.fromEntries(
      USAGE_FIELDS.map((field, index) => [field, row[USAGE_COLUMNS[index] as string]]),
    ) as unknown as Usage,
  );
