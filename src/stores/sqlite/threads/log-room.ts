export interface LogRoomLimits {
  /** A log of more bytes is emptied before anything more scans, */
  bytes: number;
  /** and so is one in which something that was erased has lain for so many ms: scans that overlap have kept it. */
  erasedMs: number;
  /** Scans are held for so long at most, and not again for as long: other processes may read, too. */
  holdMs: number;
  /** How soon emptying it is tried again. */
  retryMs: number;
}

export const LOG_ROOM: LogRoomLimits = {
  bytes: 512 * 1024 * 1024,
  erasedMs: 60_000,
  holdMs: 15_000,
  retryMs: 100,
};

export const READERS_KEEP_LOG =
  'lists and counts that overlap keep the write-ahead log; further ones begin when it has been emptied';

export interface LogRoomParts {
  logBytes(): number;
  /** For how long something that was erased has waited to leave the log; 0 where nothing has. */
  erasedForMs(): number;
  /** Whether the log is empty now. */
  emptyLog(): boolean;
  /** No scan begins until it is told that they may. */
  hold(held: boolean): void;
  /** In ms. */
  now(): number;
}

export interface LogRoom {
  /** To be called every now and then. */
  look(): void;
  end(): void;
}

/**
 * The write-ahead log begins anew only in a moment in which nobody reads. Scans that overlap leave none, one caller's too, and
 * it would grow with all that is written, for as long as they come: those that run are let end, and the next begin when it is empty.
 */
export function createLogRoom(parts: LogRoomParts, limits: LogRoomLimits): LogRoom {
  const { logBytes, erasedForMs, emptyLog, hold, now } = parts;
  let heldSince: number | null = null;
  let restsUntil = Number.NEGATIVE_INFINITY;
  let retry: NodeJS.Timeout | undefined;

  function attempt(since: number): void {
    const empty = isEmpty();
    if (!empty && now() - since < limits.holdMs) {
      retry = setTimeout(attempt, limits.retryMs, since).unref();
      return;
    }
    heldSince = null;
    if (!empty) restsUntil = now() + limits.holdMs;
    hold(false);
  }

  function isEmpty(): boolean {
    try {
      return emptyLog();
    } catch {
      // A full disk, which whoever empties the log tells of.
      return false;
    }
  }

  return {
    look() {
      if (heldSince !== null || now() < restsUntil) return;
      if (logBytes() <= limits.bytes && erasedForMs() <= limits.erasedMs) return;
      heldSince = now();
      hold(true);
      attempt(heldSince);
    },
    end: () => clearTimeout(retry),
  };
}
