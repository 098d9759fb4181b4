/** Resolves in the next turn of the event loop: everything else that waits has its turn before. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
