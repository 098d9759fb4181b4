import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

/** How long what clients ask meanwhile on connections that they keep is answered still. */
const LAST_REQUESTS_MS = 200;

export interface StopOptions {
  /** Ends the connections on which no request is under way. */
  closeIdle(): void;
  /** How long requests under way may take, in ms, and what is told where some took longer. */
  drainMs: number;
  tooLong(): void;
}

/**
 * Takes no further connection, and resolves when all have ended. Those that are idle end a moment later: a request may be on its way, and whoever
 * closes the connection before it cannot say whether it was done. Node's own `close` ends them at once.
 */
export async function stopServer(server: Server, options: StopOptions): Promise<void> {
  // What has come by then is read before, and no longer idle.
  const idle = setTimeout(setImmediate, LAST_REQUESTS_MS, options.closeIdle);
  const draining = setTimeout(() => {
    options.tooLong();
    server.closeAllConnections();
  }, options.drainMs);
  await new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  clearTimeout(idle);
  clearTimeout(draining);
  // It no longer looks for requests that do not come in time.
  server.close();
}
