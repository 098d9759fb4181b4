import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A subscriber on a socket of its own that hardly reads, or not at all. */
export interface SlowReader {
  /** Reads all that is there, to the end: what ended the subscription. */
  end(): Promise<'SUBSCRIBER_TOO_SLOW' | 'closed'>;
}

/** Follows the sessions until Ready, then takes so many bytes each second: 0 is none. */
export async function startSlowReader(
  port: number,
  sessions: readonly string[],
  bytesPerSecond: 0 | 1,
): Promise<SlowReader> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let taken: () => void = () => {};
  socket.on('data', (data) => {
    // Only its end is looked at; the rest may be many megabytes.
    text = `${text.slice(-2_000)}${data.toString('latin1')}`;
    taken();
  });
  const until = async (condition: () => boolean) => {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        taken = resolve;
      });
    }
  };

  await once(socket, 'connect');
  const upgrade = ['GET /graphql HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Upgrade: websocket'];
  const key = randomBytes(16).toString('base64');
  upgrade.push('Connection: Upgrade', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`);
  socket.write(`${upgrade.join('\r\n')}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`);
  await until(() => text.includes('\r\n\r\n'));
  send(socket, { type: 'connection_init' });
  await until(() => text.includes('connection_ack'));
  for (const [id, sessionId] of sessions.entries()) {
    const query = `subscription { messageAdded(sessionId: ${JSON.stringify(sessionId)}) {
      __typename cursor ... on MessageAdded { message { text } }
    } }`;
    text = '';
    send(socket, { type: 'subscribe', id: String(id), payload: { query } });
    await until(() => text.includes('Ready'));
  }
  socket.pause();
  const trickle = setInterval(() => socket.read(bytesPerSecond), 1_000);
  if (bytesPerSecond === 0) clearInterval(trickle);

  return {
    async end() {
      clearInterval(trickle);
      const closed = new Promise<'closed'>((resolve) => {
        socket.on('error', () => resolve('closed'));
        socket.on('close', () => resolve('closed'));
      });
      const told = until(() => text.includes('SUBSCRIBER_TOO_SLOW')).then(
        () => 'SUBSCRIBER_TOO_SLOW' as const,
      );
      socket.resume();
      const end = await Promise.race([told, closed]);
      socket.destroy();
      return end;
    },
  };
}

/** A text frame as clients send it: masked, here with zeros. */
function send(socket: Socket, message: object): void {
  const payload = Buffer.from(JSON.stringify(message));
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  socket.write(Buffer.concat([Buffer.from([0x81]), length, Buffer.alloc(4), payload]));
}
