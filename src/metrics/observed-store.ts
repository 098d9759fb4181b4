import type { SessionStore } from '../domain/session-store.js';

export type ObserveCommand = (command: string, outcome: 'ok' | 'error', seconds: number) => void;

/** The same store, of which each command that answers with a promise is timed. The feed, which never ends, is not. */
export function observedStore(store: SessionStore, observe: ObserveCommand): SessionStore {
  const observed = Object.entries(store).map(([name, member]) => [
    name,
    typeof member === 'function' ? timed(name, member.bind(store), observe) : member,
  ]);
  return { ...store, ...Object.fromEntries(observed) };
}

function timed(command: string, run: (...given: unknown[]) => unknown, observe: ObserveCommand) {
  return (...given: unknown[]) => {
    const start = performance.now();
    const end = (outcome: 'ok' | 'error') => observe(command, outcome, (performance.now() - start) / 1_000);
    const result = run(...given);
    if (!(result instanceof Promise)) return result;
    return result.then(
      (value) => {
        end('ok');
        return value;
      },
      (error) => {
        end('error');
        throw error;
      },
    );
  };
}
