import { setMaxListeners } from 'node:events';
import { ParleyError } from '../../../domain/errors.js';
import { toParleyError } from './errors.js';

/** The one way in: every call fails with a ParleyError, and with STORE_UNAVAILABLE once the store is closed. */
export interface CallGate {
  call<T>(run: () => Promise<T>): Promise<T>;
  /**
   * A stream that goes on until `signal` aborts, and then ends; when the store closes it fails with STORE_UNAVAILABLE. `open` is given
   * what aborts for either.
   */
  stream<T>(signal: AbortSignal, open: (ending: AbortSignal) => AsyncIterable<T>): AsyncGenerator<T>;
  /** Aborts when the store closes. */
  readonly closing: AbortSignal;
  /** Lets nothing in any more; resolves when what is under way has ended. Safe to call twice. */
  close(): Promise<void>;
}

export function createCallGate(): CallGate {
  const closing = new AbortController();
  // Every read of the feed listens while it lasts.
  setMaxListeners(0, closing.signal);
  const underWay = new Set<Promise<unknown>>();

  return {
    closing: closing.signal,
    async call(run) {
      if (closing.signal.aborted) throw closedStore();
      const running = run();
      underWay.add(running);
      try {
        return await running;
      } catch (error) {
        throw toParleyError(error);
      } finally {
        underWay.delete(running);
      }
    },
    async *stream(signal, open) {
      if (closing.signal.aborted) throw closedStore();
      if (signal.aborted) return;
      const ending = new AbortController();
      const end = () => ending.abort();
      const sources = [signal, closing.signal];
      for (const source of sources) source.addEventListener('abort', end, { once: true });
      try {
        yield* open(ending.signal);
      } catch (error) {
        if (!ending.signal.aborted) throw toParleyError(error);
      } finally {
        for (const source of sources) source.removeEventListener('abort', end);
      }
      if (closing.signal.aborted && !signal.aborted) throw closedStore();
    },
    async close() {
      closing.abort();
      await Promise.allSettled(underWay);
    },
  };
}

const closedStore = () => new ParleyError('STORE_UNAVAILABLE', 'The store is closed.');
