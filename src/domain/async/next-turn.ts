/** Resolves in the next turn of the event loop: everything else that waits has its turn before. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Runs something once all that can go on in this turn without waiting has done so: a tick that comes out of a microtask comes when no
 * microtask is left.
 */
export function afterThis(run: () => void): void {
  // `queueMicrotask` would make an object for those who trace what is asynchronous, each time.
  void settled.then(() => process.nextTick(run));
}

const settled = Promise.resolve();
