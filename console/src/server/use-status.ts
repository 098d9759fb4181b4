import { useEffect, useState } from 'preact/hooks';
import { ApiError, ask } from '../api/ask.js';
import { lookForNewer } from '../api/look-for-newer.js';
import { ServerStatusDocument, type ServerStatusQuery } from '../generated/operations.js';

export type Status = ServerStatusQuery['serverStatus'];

/** One look at the server. A gap is where it did not answer. */
export interface Sample {
  /** In seconds since 1970. */
  at: number;
  status: Status | null;
}

export interface Watched {
  samples: readonly Sample[];
  error: ApiError | null;
  /** What `/ready` says to everyone; null while it is not reached. */
  ready: boolean | null;
}

const EVERY_MS = 2_000;
/** Five minutes. */
const MOST = 150;

/** Asks again and again while somebody looks: `/ready`, and where the credential goes as far the whole status. */
export function useStatus(whole: boolean): Watched {
  const [watched, setWatched] = useState<Watched>({ samples: [], error: null, ready: null });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let left = false;
    let reached = true;
    const look = async () => {
      const [ready, answer] = await Promise.all([
        isReady(),
        whole ? ask(ServerStatusDocument, {}).catch((error: unknown) => error) : null,
      ]);
      if (left) return;
      if (ready !== null && !reached) void lookForNewer();
      reached = ready !== null;
      const status =
        answer !== null && typeof answer === 'object' && 'serverStatus' in answer
          ? (answer.serverStatus as Status)
          : null;
      const error = answer instanceof ApiError ? answer : null;
      setWatched(({ samples }) => ({
        samples: whole ? [...samples.slice(1 - MOST), { at: Date.now() / 1_000, status }] : [],
        error,
        ready,
      }));
      timer = setTimeout(look, EVERY_MS);
    };
    look();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [whole]);
  return watched;
}

async function isReady(): Promise<boolean | null> {
  try {
    const response = await fetch('/ready');
    return response.status === 200 ? true : response.status === 503 ? false : null;
  } catch {
    return null;
  }
}
