import { after, isPromise, type Later } from '../domain/async/later.js';

/** Whose messages they are. */
export interface InboxOwner {
  /** There when it is the turn of a message. */
  turn(message: Buffer): Later<void>;
  /** There when the message is read, and what it asks for has begun. */
  handle(message: Buffer): Later<void>;
  /** Its turn is over. */
  taken(): void;
  /** Stops reading, until the result is called. */
  pause(): () => void;
  /** The turn did not come. */
  turnFailed(error: unknown): void;
}

/**
 * Takes the messages of one socket in their order. To be read, each waits for its caller's turn of the event loop, as an operation over
 * HTTP does: any number of sockets may have sent one. A large one waits for the turn of large bodies, too. A class: each of thousands of
 * sockets keeps one, and they share the code of its methods.
 */
export class Inbox {
  /** Null as long as none has come behind one that waits. */
  private waiting: Buffer[] | null = null;
  /** While one waits. */
  private taking: Promise<void> | null = null;

  constructor(private readonly owner: InboxOwner) {}

  /** There when none waits. */
  idle(): Later<void> {
    return this.taking ?? undefined;
  }

  take(message: Buffer): void {
    if (this.taking) {
      this.waiting ??= [];
      this.waiting.push(message);
      return;
    }
    const taken = this.takeOne(message);
    if (!isPromise<void>(taken)) return;
    const resume = this.owner.pause();
    this.taking = taken.then(() => this.takeRest(resume));
  }

  private async takeRest(resume: () => void): Promise<void> {
    for (let next = this.waiting?.shift(); next; next = this.waiting?.shift()) await this.takeOne(next);
    this.waiting = null;
    this.taking = null;
    resume();
  }

  private takeOne(message: Buffer): Later<void> {
    const { owner } = this;
    try {
      const taken = after(owner.turn(message), () => owner.handle(message));
      if (isPromise<void>(taken))
        return taken.catch((error) => owner.turnFailed(error)).then(() => owner.taken());
    } catch (error) {
      owner.turnFailed(error);
    }
    owner.taken();
  }
}
