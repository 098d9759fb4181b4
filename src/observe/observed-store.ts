import { around, type Call } from '../domain/around.js';
import { either } from '../domain/async/later.js';
import type { ReplyStore } from '../domain/replies/reply-store.js';
import type { SessionStore } from '../domain/sessions/session-store.js';
import type { Metrics } from './metrics.js';
import type { Tracing } from './tracing.js';

/** The same store, of which each command that answers with a promise is timed and traced. The feed, which never ends, is not. */
export function observedStore(
  store: SessionStore,
  observe: { metrics: Pick<Metrics, 'storeCommand'>; tracing: Pick<Tracing, 'command'> },
): SessionStore {
  return around(store, (call, name) =>
    name === 'changes' || name === 'close' ? call : observedCommand(name, call, observe),
  );
}

/** The same of replies: their commands are named after what they are about. */
export const observedReplies = (
  store: ReplyStore,
  observe: Parameters<typeof observedStore>[1],
): ReplyStore =>
  around(store, (call, name) => (name === 'feed' ? call : observedCommand(`replies.${name}`, call, observe)));

function observedCommand(
  command: string,
  run: Call,
  { metrics, tracing }: Parameters<typeof observedStore>[1],
): Call {
  return (...given) => {
    const start = performance.now();
    const ended = (outcome: 'ok' | 'error') =>
      metrics.storeCommand(command, outcome, (performance.now() - start) / 1_000);
    return either(
      () => tracing.command(command, given[0], () => run(...given)),
      (result) => {
        ended('ok');
        return result;
      },
      (error) => {
        ended('error');
        throw error;
      },
    );
  };
}
