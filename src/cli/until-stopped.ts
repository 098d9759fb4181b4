import type { Logger } from 'pino';

/** Within this a server that was told to stop has exited. */
const STOP_DEADLINE_MS = 9_000;
/** A Ctrl-C reaches the server twice, from the terminal and from npm: only a later one is meant to force. */
const SAME_SIGNAL_MS = 1_000;

/** What of `process` is used. */
export interface ProcessEvents {
  on(event: string, listener: (value: unknown) => void): unknown;
  exit(code: number): void;
}

export interface StopOptions {
  process: ProcessEvents;
  stop(): Promise<void>;
  log: Logger;
  /** A line for whoever sees the process end, when the log may not be written any more. */
  say(line: string): void;
  /** In milliseconds; only differences matter. */
  now(): number;
  deadlineMs?: number;
}

/**
 * Stops on SIGTERM and SIGINT and exits with 0; on an error that nobody handled with 1. A second signal, or a stop that
 * takes longer than the deadline, ends the process with 1 where it stands: what was acknowledged is durable anyway.
 */
export function exitWhenStopped(options: StopOptions): void {
  const { process, stop, log, say, now, deadlineMs = STOP_DEADLINE_MS } = options;
  let stoppingSince: number | null = null;

  const finish = (code: number) => {
    stoppingSince = now();
    setTimeout(() => {
      log.error('the stop took too long; ending without it');
      say(`the stop took longer than ${deadlineMs / 1000} s; ending without it`);
      process.exit(1);
    }, deadlineMs);
    stop().then(
      () => {
        log.info('stopped');
        process.exit(code);
      },
      (error: unknown) => {
        log.error({ err: error }, 'the stop failed');
        process.exit(1);
      },
    );
  };

  const onSignal = (signal: string) => {
    if (stoppingSince === null) {
      log.info({ signal }, 'stopping');
      finish(0);
    } else if (now() - stoppingSince > SAME_SIGNAL_MS) {
      log.warn({ signal }, 'ending at once');
      process.exit(1);
    }
  };
  process.on('SIGTERM', () => onSignal('SIGTERM'));
  process.on('SIGINT', () => onSignal('SIGINT'));

  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => {
      log.fatal({ err: error }, `${event}: stopping`);
      if (stoppingSince === null) finish(1);
    });
  }
}
