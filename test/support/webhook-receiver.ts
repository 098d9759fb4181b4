import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';

/** Base64 of 32 bytes each. */
export const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, no').toString('base64')}`;
export const OTHER_SECRET = `whsec_${Buffer.from('another one of thirty-two bytes!').toString('base64')}`;

/** A request whose signature the specification's own library has accepted. */
export interface Delivery {
  id: string;
  type: string;
  timestamp: string;
  // biome-ignore lint/suspicious/noExplicitAny: its members depend on the type.
  data: any;
  headers: IncomingMessage['headers'];
  /** As it came. */
  text: string;
}

/** A real receiver of webhooks, on one port that it comes back to. */
export interface Receiver {
  readonly url: string;
  /** Everything that came, repetitions too, in this order. */
  readonly deliveries: Delivery[];
  /** What came with a status of 2xx, each once. */
  taken(): Delivery[];
  /** Asked for each; a status. 204 until it is set. */
  answer: (delivery: Delivery, response: ServerResponse) => number | Promise<number>;
  /** Waits for what was taken to satisfy this. */
  until(arrived: (taken: Delivery[]) => boolean): Promise<Delivery[]>;
  /** Cuts every connection and listens no more. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export async function startReceiver(secret = SECRET): Promise<Receiver> {
  const webhook = new Webhook(secret);
  const port = await freePort();
  const taken = new Map<string, Delivery>();
  let server: Server | null = null;

  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hooks`,
    deliveries: [],
    answer: () => 204,
    taken: () => [...taken.values()],
    until: (arrived) =>
      eventually(() => {
        const all = receiver.taken();
        if (arrived(all)) return all;
        throw new Error(`${all.length} were taken, of ${receiver.deliveries.length} that came`);
      }),
    async kill() {
      const dying = server;
      server = null;
      if (!dying) return;
      dying.closeAllConnections();
      await new Promise((resolve) => dying.close(resolve));
    },
    async restart() {
      server = createServer((request, response) => void take(request, response));
      await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    },
  };

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    let payload: Pick<Delivery, 'type' | 'timestamp' | 'data'>;
    try {
      payload = webhook.verify(text, request.headers as Record<string, string>) as typeof payload;
    } catch (error) {
      response.writeHead(401).end((error as Error).message);
      return;
    }
    const delivery = {
      id: String(request.headers['webhook-id']),
      ...payload,
      headers: request.headers,
      text,
    };
    receiver.deliveries.push(delivery);
    const status = await receiver.answer(delivery, response);
    if (response.destroyed) return;
    if (status >= 200 && status < 300 && !taken.has(delivery.id)) taken.set(delivery.id, delivery);
    if (!response.headersSent) response.writeHead(status).end();
  }

  await receiver.restart();
  return receiver;
}

/** A file of endpoints in this folder; its path. */
export async function writeEndpoints(folder: string, endpoints: readonly object[]): Promise<string> {
  const path = join(folder, 'webhooks.json');
  await writeFile(path, JSON.stringify(endpoints));
  return path;
}
