import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Gives the function that lets a server end while its clients keep their connections: from then on each answer is the
 * last on its connection and says so, those to requests under way too. Node by itself closes only what is idle at that moment.
 */
export function createLastAnswers(server: Server): () => void {
  /** By connection: of answers that wait behind another one node tells nothing where their client goes. */
  const open = new Map<Socket, Set<ServerResponse>>();
  let last = false;

  function answersOn(socket: Socket): Set<ServerResponse> {
    const known = open.get(socket);
    if (known) return known;
    const answers = new Set<ServerResponse>();
    open.set(socket, answers);
    socket.once('close', () => open.delete(socket));
    return answers;
  }

  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const answers = answersOn(socket);
    answers.add(response);
    response.on('close', () => answers.delete(response));
    if (last) response.shouldKeepAlive = false;
  });
  return () => {
    last = true;
    for (const answers of open.values()) for (const response of answers) response.shouldKeepAlive = false;
  };
}
