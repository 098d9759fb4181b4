import type { SessionStore } from '../domain/session-store.js';
import type { Metrics } from './metrics.js';
import type { Tracing } from './tracing.js';

/** The same store, of which each command that answers with a promise is timed and traced. The feed, which never ends, is not. */
export function observedStore(
  store: SessionStore,
  observe: { metrics: Pick<Metrics, 'storeCommand'>; tracing: Pick<Tracing, 'command'> },
): SessionStore {
  const { changes, close, ...commands } = store;
  const observed = Object.entries(commands).map(([name, run]) => [
    name,
    observedCommand(name, run.bind(store) as Run, observe),
  ]);
  return { ...store, ...Object.fromEntries(observed) };
}

type Run = (...given: unknown[]) => Promise<unknown>;

function observedCommand(
  command: string,
  run: Run,
  { metrics, tracing }: Parameters<typeof observedStore>[1],
): Run {
  return async (...given) => {
    const start = performance.now();
    let outcome: 'ok' | 'error' = 'error';
    try {
      const result = await tracing.command(command, given[0], () => run(...given));
      outcome = 'ok';
      return result;
    } finally {
      metrics.storeCommand(command, outcome, (performance.now() - start) / 1_000);
    }
  };
}
