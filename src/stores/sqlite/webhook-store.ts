import type { Later } from '../../domain/async/later.js';
import type {
  EndpointMark,
  EndpointState,
  HeldEvent,
  WebhookEvent,
  WebhookStore,
} from '../../domain/webhook-store.js';
import type { Scanners } from './reads/scanners.js';
import type { Statements } from './statements.js';
import type { Thread } from './threads/thread.js';
import { heldWebhooks, webhookMark } from './webhooks.js';

export interface SqliteWebhooksOptions {
  statements: Statements;
  writer: Thread;
  scanner: Pick<Scanners, 'call'>;
  /** Runs a read of this thread; rejects as the port says. */
  read<T>(query: () => Later<T>): Promise<T>;
  /** Runs it in its caller's part of the event loop's time. */
  inTurn<T>(caller: string, find: () => T): Later<T>;
}

/** Whose part of the event loop's time it is, whichever endpoint asks. */
const SENDERS = 'webhooks';

export function sqliteWebhooks(options: SqliteWebhooksOptions): WebhookStore {
  const { statements, writer, scanner, read, inTurn } = options;
  return {
    begin: (tenure) => writer.call('beginWebhook', tenure) as Promise<EndpointMark>,
    held: (endpoint) => read(() => heldWebhooks(statements, endpoint, (find) => inTurn(SENDERS, find))),
    save: (progress) => writer.call('saveWebhook', progress) as Promise<number | null>,
    mark: (endpoint) => read(() => webhookMark(statements, endpoint)),
    list: (caller) => scanner.call('listWebhooks', {}, caller) as Promise<EndpointState[]>,
    deadLetters: (query, caller) => scanner.call('deadWebhooks', query, caller) as Promise<HeldEvent[]>,
    revive: (letters) => writer.call('reviveWebhooks', letters) as Promise<WebhookEvent[]>,
    discard: (letters) => writer.call('discardWebhooks', letters) as Promise<WebhookEvent[]>,
    enable: (endpoint) => writer.call('enableWebhook', { endpoint }) as Promise<boolean>,
    forget: (endpoint) => writer.call('forgetWebhook', { endpoint }) as Promise<boolean>,
  };
}
