import { LARGE_BODY_BYTES } from './large-bodies.js';

/** Whose messages they are. */
export interface InboxOwner {
  handle(message: Buffer): void;
  /** Resolves when it is the turn of a large message, with what ends it. */
  turn(): Promise<() => void>;
  /** Stops reading, until the result is called. */
  pause(): () => void;
  /** The turn did not come. */
  turnFailed(error: unknown): void;
}

/**
 * Takes the messages of one socket in their order; to be parsed, a large one waits for its caller's turn, as large bodies do. A class:
 * each of thousands of sockets keeps one, and they share the code of its methods.
 */
export class Inbox {
  /** Null as long as none has come that waits. */
  private waiting: Buffer[] | null = null;
  private busy = false;

  constructor(private readonly owner: InboxOwner) {}

  take(message: Buffer): void {
    if (!this.busy && message.length <= LARGE_BODY_BYTES) {
      this.owner.handle(message);
      return;
    }
    this.waiting ??= [];
    this.waiting.push(message);
    if (!this.busy) void this.takeAll(this.waiting);
  }

  private async takeAll(waiting: Buffer[]): Promise<void> {
    this.busy = true;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (next.length > LARGE_BODY_BYTES) await this.takeLarge(next);
      else this.owner.handle(next);
    }
    this.busy = false;
  }

  private async takeLarge(message: Buffer): Promise<void> {
    const { owner } = this;
    const resume = owner.pause();
    try {
      const end = await owner.turn();
      owner.handle(message);
      // What it asks for is prepared and begun within the next turns of the loop.
      setImmediate(() => setImmediate(end));
    } catch (error) {
      owner.turnFailed(error);
    } finally {
      resume();
    }
  }
}
