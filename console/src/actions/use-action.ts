import { useMemo, useState } from 'preact/hooks';
import { ApiError } from '../api/ask.js';
import { newKey } from '../api/once.js';

export interface Action {
  /** One for each time the form is opened: sent twice, it is done once. */
  key: string;
  busy: boolean;
  error: string | null;
  /** Runs what a form asks for; what goes wrong is said in it. */
  run(work: () => Promise<void>): void;
}

export function useAction(): Action {
  const key = useMemo(newKey, []);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  return {
    key,
    busy,
    error,
    async run(work) {
      setBusy(true);
      setError(null);
      try {
        await work();
      } catch (failure) {
        if (!(failure instanceof ApiError)) throw failure;
        setError(failure.message);
      } finally {
        setBusy(false);
      }
    },
  };
}
