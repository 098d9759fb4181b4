import type { Server, ServerResponse } from 'node:http';

/**
 * Gives the function that lets a server end while its clients keep their connections: from then on each answer is the
 * last on its connection and says so, those to requests under way too. Node by itself closes only what is idle at that moment.
 */
export function createLastAnswers(server: Server): () => void {
  const open = new Set<ServerResponse>();
  let last = false;
  server.prependListener('request', (_request, response: ServerResponse) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    if (last) response.shouldKeepAlive = false;
  });
  return () => {
    last = true;
    for (const response of open) response.shouldKeepAlive = false;
  };
}
