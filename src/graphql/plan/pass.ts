import type { Slices } from '../../domain/async/in-slices.js';
import type { Later } from '../../domain/async/later.js';

/** Characters of a value that count as one more small thing. */
const CHARACTERS = 256;

/**
 * The way through an execution, in slices of the event loop's time. Where one is over, what goes on leaves the stack from the inside out,
 * and each function puts off what is left of it; in the next slice they go on in that order. What comes meanwhile, such as what was
 * loaded, waits until that is done. So all is done in the order in which it would be done at once.
 */
export class Pass {
  private things = 0;
  /** What has been put off since the slice was over, from the inside out. */
  private leaving: (() => void)[] = [];
  /** What is put off, the innermost last; null: nothing is. */
  private stack: (() => void)[] | null = null;
  /** What has come meanwhile, and how much of it has gone on. */
  private come: (() => void)[] = [];
  private gone = 0;
  /** Whether anything was put off yet: it is a long one. */
  isSliced = false;

  /** `hold`: called when something is put off; what it gives, when nothing is any more. */
  constructor(
    private readonly slices: Slices,
    private readonly hold: () => () => void,
  ) {}

  /** A value of so many characters was written. */
  wrote(characters: number): void {
    this.things += Math.floor(characters / CHARACTERS);
  }

  /** Asked before each small thing: whether what is left is to be put off. */
  isOver(): boolean {
    if (++this.things < this.slices.things) return false;
    this.things = 0;
    return this.slices.isOver();
  }

  /** Whether what was called has put something off: what follows it is put off, too. */
  get isLeft(): boolean {
    return this.leaving.length > 0;
  }

  putOff<T>(go: () => Later<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.leaving.push(settling(go, resolve, reject));
      this.goOnLater();
    });
  }

  /** Whether what has been waited for may go on at once. */
  isFree(): boolean {
    return this.stack === null && !this.isOver();
  }

  /** Goes on with it where its turn is. */
  inTurn<T>(go: () => Later<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.come.push(settling(go, resolve, reject));
      this.goOnLater();
    });
  }

  private goOnLater(): void {
    if (this.stack !== null) return;
    this.stack = [];
    this.isSliced = true;
    void this.goOn(this.stack, this.hold());
  }

  private async goOn(stack: (() => void)[], release: () => void): Promise<void> {
    do {
      await this.slices.next();
      // One thing at the least.
      this.things = -1;
      do this.next(stack)();
      while (!this.isLeft && this.hasMore(stack) && !this.isOver());
    } while (this.isLeft || this.hasMore(stack));
    this.stack = null;
    this.come = [];
    this.gone = 0;
    release();
  }

  private hasMore(stack: readonly unknown[]): boolean {
    return stack.length > 0 || this.gone < this.come.length;
  }

  private next(stack: (() => void)[]): () => void {
    while (this.leaving.length > 0) stack.push(this.leaving.pop() as () => void);
    return stack.pop() ?? (this.come[this.gone++] as () => void);
  }
}

const settling =
  <T>(go: () => Later<T>, resolve: (value: Later<T>) => void, reject: (error: unknown) => void) =>
  (): void => {
    try {
      resolve(go());
    } catch (error) {
      reject(error);
    }
  };
