import { once } from 'node:events';
import WebSocket from 'ws';

/** A socket whose messages are sent and taken one by one, to say what no client would. */
export interface Talk {
  socket: WebSocket;
  say(message: object | string): void;
  /** The next message, whatever it is. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape of a message is what each test asks for.
  hear(): Promise<any>;
  /** Resolves with the code that the server closes it with. */
  closed: Promise<{ code: number; reason: string }>;
}

export async function talk(url: string): Promise<Talk> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
  const closed = once(socket, 'close').then(([code, reason]) => ({
    code: code as number,
    reason: String(reason),
  }));
  const heard: unknown[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  await once(socket, 'open');
  return {
    socket,
    closed,
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async hear() {
      while (heard.length === 0) await once(socket, 'message');
      return heard.shift();
    },
  };
}

export async function introduced(url: string): Promise<Talk> {
  const talking = await talk(url);
  talking.say({ type: 'connection_init' });
  const answer = await talking.hear();
  if (answer.type !== 'connection_ack') throw new Error(`not introduced: ${JSON.stringify(answer)}`);
  return talking;
}
