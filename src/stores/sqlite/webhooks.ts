import type { Later } from '../../domain/async/later.js';
import type { Position } from '../../domain/sessions/session-store.js';
import type {
  EndpointMark,
  EndpointState,
  HeldEvent,
  WebhookEvent,
  WebhookProgress,
  WebhookStore,
} from '../../domain/webhook-store.js';
import type { Row, Statements } from './statements.js';

type Input<M extends keyof WebhookStore> = Parameters<WebhookStore[M]>[0];

export function beginWebhook(statements: Statements, input: Input<'begin'>): EndpointMark {
  const { endpoint, holder, cursor } = input;
  const row = statements.get(
    `INSERT INTO webhook_endpoints (name, holder, cursor, revision) VALUES (?, ?, ?, 0)
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder RETURNING *`,
    endpoint,
    holder,
    cursor,
  );
  return toMark(row);
}

export function saveWebhook(statements: Statements, progress: WebhookProgress): number | null {
  const { endpoint, holder, cursor, put, remove, erased, deliveredAt, disabled } = progress;
  const { changes } = statements.run(
    `UPDATE webhook_endpoints SET cursor = ?, delivered_at = coalesce(?, delivered_at), disabled = coalesce(?, disabled)
     WHERE name = ? AND holder = ?`,
    cursor,
    deliveredAt?.getTime() ?? null,
    disabled,
    endpoint,
    holder,
  );
  if (changes === 0) return null;
  for (const { event, since, attempts, dueAt, failure, deadAt } of put) {
    statements.run(
      `INSERT OR REPLACE INTO webhook_events (endpoint, position, id, session_id, event, since, attempts, due_at, failure, dead_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      endpoint,
      event.position,
      event.id,
      event.sessionId,
      JSON.stringify(event),
      since.getTime(),
      attempts,
      dueAt.getTime(),
      failure,
      deadAt?.getTime() ?? null,
    );
  }
  for (const position of remove) {
    statements.run('DELETE FROM webhook_events WHERE endpoint = ? AND position = ?', endpoint, position);
  }
  if (erased.length === 0) return 0;
  return statements.run(
    `DELETE FROM webhook_events WHERE endpoint = ? AND dead_at IS NOT NULL
     AND session_id IN (SELECT value FROM json_each(?))`,
    endpoint,
    JSON.stringify(erased),
  ).changes;
}

export function webhookMark(statements: Statements, endpoint: string): EndpointMark | null {
  const row = statements.get('SELECT * FROM webhook_endpoints WHERE name = ?', endpoint);
  return row ? toMark(row) : null;
}

/** Rows that are read in one go: some 2 ms. */
const HELD_AT_ONCE = 200;

/**
 * An endpoint may hold 20,000 events, and 20 endpoints may begin in one turn of the event loop: `inTurn` runs each part in its own time.
 * What somebody changes between two parts raises the endpoint's revision.
 */
export async function heldWebhooks(
  statements: Statements,
  endpoint: string,
  inTurn: <T>(find: () => T) => Later<T>,
): Promise<{ waiting: HeldEvent[]; dead: Position[] }> {
  const waiting: HeldEvent[] = [];
  const dead: Position[] = [];
  for (let last = ''; ; ) {
    const rows = await inTurn(() => heldRows(statements, endpoint, last));
    for (const { position, held } of rows) {
      if (held) waiting.push(held);
      else dead.push(position);
    }
    if (rows.length < HELD_AT_ONCE) return { waiting, dead };
    last = rows.at(-1)?.position ?? last;
  }
}

const heldRows = (statements: Statements, endpoint: string, last: string) =>
  statements
    .all(
      'SELECT * FROM webhook_events WHERE endpoint = ? AND position > ? ORDER BY position LIMIT +?',
      endpoint,
      last,
      HELD_AT_ONCE,
    )
    .map((row) => ({ position: row.position as Position, held: row.dead_at === null ? toHeld(row) : null }));

export const listWebhooks = (statements: Statements): EndpointState[] =>
  statements
    .all(
      `SELECT webhook_endpoints.*,
         (SELECT count(*) FROM webhook_events WHERE endpoint = name AND dead_at IS NULL) AS waiting,
         (SELECT count(*) FROM webhook_events WHERE endpoint = name AND dead_at IS NOT NULL) AS dead,
         (SELECT failure FROM webhook_events WHERE endpoint = name AND dead_at IS NULL AND failure IS NOT NULL
          ORDER BY position LIMIT 1) AS failure
       FROM webhook_endpoints ORDER BY name`,
    )
    .map((row) => ({
      endpoint: row.name,
      ...toMark(row),
      deliveredAt: dateOf(row.delivered_at),
      waiting: row.waiting,
      dead: row.dead,
      failure: row.failure,
    }));

export const deadWebhooks = (statements: Statements, query: Input<'deadLetters'>): HeldEvent[] =>
  statements
    .all(
      `SELECT * FROM webhook_events WHERE endpoint = ? AND position > ? AND dead_at IS NOT NULL
       ORDER BY position LIMIT +?`,
      query.endpoint,
      query.after ?? '',
      query.limit,
    )
    .map(toHeld);

/** All of the endpoint, or of these ids those that are there. */
const DEAD = `endpoint = ? AND dead_at IS NOT NULL AND (? IS NULL OR id IN (SELECT value FROM json_each(?)))`;

function deadOf({ endpoint, ids }: Input<'discard'>): unknown[] {
  const listed = ids && JSON.stringify(ids);
  return [endpoint, listed, listed];
}

export function reviveWebhooks(statements: Statements, input: Input<'revive'>): WebhookEvent[] {
  const now = input.now.getTime();
  const revived = statements.all(
    `UPDATE webhook_events SET dead_at = NULL, since = ?, due_at = ?, attempts = 0, failure = NULL
     WHERE ${DEAD} RETURNING position, event`,
    now,
    now,
    ...deadOf(input),
  );
  return changed(statements, input.endpoint, revived);
}

export function discardWebhooks(statements: Statements, input: Input<'discard'>): WebhookEvent[] {
  const gone = statements.all(
    `DELETE FROM webhook_events WHERE ${DEAD} RETURNING position, event`,
    ...deadOf(input),
  );
  return changed(statements, input.endpoint, gone);
}

/** So that whoever sends looks again. The order of `RETURNING` is nobody's promise. */
function changed(statements: Statements, endpoint: string, rows: Row[]): WebhookEvent[] {
  if (rows.length === 0) return [];
  statements.run('UPDATE webhook_endpoints SET revision = revision + 1 WHERE name = ?', endpoint);
  return rows
    .map(({ event }) => JSON.parse(event) as WebhookEvent)
    .sort((a, b) => (a.position < b.position ? -1 : 1));
}

export function enableWebhook(statements: Statements, { endpoint }: { endpoint: string }): boolean {
  const { changes } = statements.run(
    'UPDATE webhook_endpoints SET disabled = NULL, revision = revision + 1 WHERE name = ?',
    endpoint,
  );
  return changes > 0;
}

export function forgetWebhook(statements: Statements, { endpoint }: { endpoint: string }): boolean {
  statements.run('DELETE FROM webhook_events WHERE endpoint = ?', endpoint);
  return statements.run('DELETE FROM webhook_endpoints WHERE name = ?', endpoint).changes > 0;
}

const toMark = ({ cursor, disabled, revision }: Row): EndpointMark => ({ cursor, disabled, revision });

const toHeld = (row: Row): HeldEvent => ({
  event: JSON.parse(row.event),
  since: new Date(row.since),
  attempts: row.attempts,
  dueAt: new Date(row.due_at),
  failure: row.failure,
  deadAt: dateOf(row.dead_at),
});

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms));
