import type { Config } from '../config.js';
import type { NewAuditEntry } from '../domain/access/audit-log.js';
import type { EndpointState, HeldEvent, WebhookEvent } from '../domain/webhook-store.js';
import { createCourier } from '../operate/webhooks/courier.js';
import { loadWebhooks, type Webhooks } from '../operate/webhooks/endpoints.js';
import { REQUEST_MS } from '../operate/webhooks/limits.js';
import { testLetter } from '../operate/webhooks/test-letter.js';
import type { OpenedStore } from '../stores/open-store.js';
import { noDatabase, openQuietly, sqliteFile } from './open-database.js';
import { plainText } from './plain-text.js';
import { tableOf } from './table.js';
import type { WebhooksCommand } from './webhooks-arguments.js';

type Result = { output: string } | { failure: string };

/** Dead letters that are read at once. */
const PAGE = 500;

/** What goes to standard output, or what was not possible. ConfigError where the file of endpoints cannot be used. */
export async function runWebhooks(
  command: WebhooksCommand,
  config: Config,
  { now, say }: { now: () => Date; say(line: string): void },
): Promise<Result> {
  const { webhooks: path, webhookAllowPrivate } = config;
  const given = path === null ? null : await loadWebhooks(path, webhookAllowPrivate, process.env);
  if (command.action === 'test') return test(command.endpoint, given, now);
  const file = sqliteFile(config);
  const missing = noDatabase(file);
  if (missing) return missing;
  const opened = await openQuietly(config);
  try {
    say(`webhooks of ${file ?? opened.describe}`);
    return await carryOut(command, { opened, given, now });
  } finally {
    await opened.close();
  }
}

async function carryOut(
  command: Exclude<WebhooksCommand, { action: 'test' }>,
  { opened, given, now }: { opened: OpenedStore; given: Webhooks | null; now: () => Date },
): Promise<Result> {
  const { webhooks } = opened;
  const states = await webhooks.list();
  if (command.action === 'list') {
    const shown = rowsOf(states, given);
    return { output: command.json ? jsonLines(shown) : tableOf([LIST, ...shown.map(cellsOf)]) };
  }
  const { action, endpoint } = command;
  if (!states.some((state) => state.endpoint === endpoint)) {
    return {
      failure: `nothing is known of an endpoint ${JSON.stringify(endpoint)}; parley webhooks shows them`,
    };
  }
  if (action === 'dead') {
    const letters = await deadLetters(webhooks, endpoint);
    return { output: command.json ? jsonLines(letters) : tableOf([DEAD, ...letters.map(letterCells)]) };
  }
  if (action === 'resend' || action === 'discard') {
    const { ids } = command;
    const found =
      action === 'resend'
        ? await webhooks.revive({ endpoint, ids, now: now() })
        : await webhooks.discard({ endpoint, ids });
    await opened.audit.append(entriesOf(command, found, now()));
    const strange = ids?.find((id) => !found.some((event) => event.id === id));
    if (strange !== undefined)
      return {
        failure: `there is no dead letter ${JSON.stringify(strange)}; the others, if any, were found`,
      };
    return { output: `${found.length} ${action === 'resend' ? 'wait again' : 'removed'}\n` };
  }
  if (action === 'enable') await webhooks.enable(endpoint);
  else await webhooks.forget(endpoint);
  await opened.audit.append([entryOf(command, null, 1, now())]);
  return { output: '' };
}

async function test(name: string, given: Webhooks | null, now: () => Date): Promise<Result> {
  const endpoint = given?.endpoints.find((one) => one.name === name);
  if (!given || !endpoint) return { failure: `WEBHOOKS names no endpoint ${JSON.stringify(name)}` };
  const courier = createCourier({ targets: given.targets, timeoutMs: REQUEST_MS, now: Date.now });
  const letter = testLetter(endpoint, now().getTime());
  const { failure } = await courier.send(letter, new AbortController().signal);
  courier.close();
  return failure === null ? { output: 'taken\n' } : { failure: `not taken: ${failure}` };
}

/** Those of the file first; of the others the database still keeps something. The rest of an address may hold a secret. */
function rowsOf(states: readonly EndpointState[], given: Webhooks | null) {
  const endpoints = given?.endpoints ?? [];
  const known = new Map(states.map((state) => [state.endpoint, state]));
  const names = [...endpoints.map(({ name }) => name), ...known.keys()];
  return [...new Set(names)].map((endpoint) => {
    const state = known.get(endpoint);
    const url = endpoints.find(({ name }) => name === endpoint)?.url;
    const stands = state?.disabled ? `disabled: ${state.disabled}` : state ? 'enabled' : 'new';
    return {
      endpoint,
      to: url?.origin ?? null,
      state: url ? stands : 'not in WEBHOOKS',
      waiting: state?.waiting ?? 0,
      dead: state?.dead ?? 0,
      lastTaken: state?.deliveredAt ?? null,
      failure: state?.failure ?? null,
    };
  });
}

const LIST = ['ENDPOINT', 'TO', 'STATE', 'WAITING', 'DEAD', 'LAST TAKEN', 'FAILURE'];
const cellsOf = ({
  endpoint,
  to,
  state,
  waiting,
  dead,
  lastTaken,
  failure,
}: ReturnType<typeof rowsOf>[number]) => [
  endpoint,
  to ?? '-',
  state,
  String(waiting),
  String(dead),
  lastTaken?.toISOString() ?? 'never',
  failure ?? '-',
];

async function deadLetters(webhooks: OpenedStore['webhooks'], endpoint: string) {
  const all: HeldEvent[] = [];
  for (let more = true; more; ) {
    const after = all.at(-1)?.event.position ?? null;
    const page = await webhooks.deadLetters({ endpoint, after, limit: PAGE });
    all.push(...page);
    more = page.length === PAGE;
  }
  return all.map(({ event, attempts, failure, deadAt }) => ({
    id: event.id,
    type: event.type,
    at: new Date(event.at),
    sessionId: event.sessionId,
    attempts,
    failure,
    deadAt,
  }));
}

const DEAD = ['ID', 'TYPE', 'HAPPENED', 'SESSION', 'ATTEMPTS', 'FAILURE'];
const letterCells = ({
  id,
  type,
  at,
  sessionId,
  attempts,
  failure,
}: Awaited<ReturnType<typeof deadLetters>>[number]) => [
  id,
  type,
  at.toISOString(),
  sessionId === null ? '-' : plainText(sessionId),
  String(attempts),
  failure ?? '-',
];

const jsonLines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** One for each session. */
function entriesOf(
  command: { action: string; endpoint: string },
  events: readonly WebhookEvent[],
  at: Date,
): NewAuditEntry[] {
  const counts = new Map<string | null, number>();
  for (const { sessionId } of events) counts.set(sessionId, (counts.get(sessionId) ?? 0) + 1);
  return [...counts].map(([sessionId, count]) => entryOf(command, sessionId, count, at));
}

const entryOf = (
  { action, endpoint }: { action: string; endpoint: string },
  sessionId: string | null,
  count: number,
  at: Date,
): NewAuditEntry => ({
  at,
  callerKind: 'system',
  callerId: 'webhooks',
  callerName: endpoint,
  action: `${action}Webhooks`,
  sessionId,
  agentId: null,
  outcome: 'ok',
  from: null,
  count,
  mark: null,
});
