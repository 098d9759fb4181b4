import { LARGE_BODY_BYTES } from './large-bodies.js';

export interface InboxOptions {
  handle(message: Buffer): void;
  /** Resolves when it is the turn of a large message, with what ends it. */
  turn(): Promise<() => void>;
  /** Stops reading, until the result is called. */
  pause(): () => void;
  /** The turn did not come. */
  failed(error: unknown): void;
}

/** Takes the messages of one socket in their order; to be parsed, a large one waits for its caller's turn, as large bodies do. */
export function createInbox({ handle, turn, pause, failed }: InboxOptions): (message: Buffer) => void {
  const waiting: Buffer[] = [];
  let busy = false;

  async function takeLarge(message: Buffer): Promise<void> {
    const resume = pause();
    try {
      const end = await turn();
      handle(message);
      // What it asks for is prepared and begun within the next turns of the loop.
      setImmediate(() => setImmediate(end));
    } catch (error) {
      failed(error);
    } finally {
      resume();
    }
  }

  async function takeAll(): Promise<void> {
    busy = true;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (next.length > LARGE_BODY_BYTES) await takeLarge(next);
      else handle(next);
    }
    busy = false;
  }

  return (message) => {
    if (!busy && message.length <= LARGE_BODY_BYTES) return handle(message);
    waiting.push(message);
    if (!busy) void takeAll();
  };
}
