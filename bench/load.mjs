// The load, in a process of its own: bare sockets, so that it costs less than any server.
// Asked {url, bodies, connections, ms or requests, authorization}, it answers with requests per second.
import { connect } from 'node:net';
import { onQuestion } from './ipc.mjs';

onQuestion(measure);

async function measure({ url, bodies, connections, ms, requests: most, authorization }) {
  const credential = authorization ? `authorization: ${authorization}\r\n` : '';
  const { hostname, port, pathname, host } = new URL(url);
  const requests = bodies.map((body) =>
    Buffer.from(
      `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n${credential}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
  );
  let next = 0;
  let answered = 0;
  const begin = performance.now();

  /** One keep-alive connection: a request, its answer, the next request. */
  const run = () =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      let missing = 0;
      const ask = () => {
        if (most === undefined ? performance.now() - begin >= ms : next >= most) {
          socket.destroy();
          resolve();
        } else socket.write(requests[next++ % requests.length]);
      };
      socket.on('error', reject);
      socket.on('connect', ask);
      socket.on('data', (chunk) => {
        if (missing === 0) {
          const end = chunk.indexOf('\r\n\r\n');
          const head = chunk.toString('latin1', 0, end);
          const length = /content-length: (\d+)/i.exec(head)?.[1];
          if (end < 0 || !length || !head.startsWith('HTTP/1.1 200'))
            return reject(new Error(`answered ${head}`));
          missing = Number(length) - (chunk.length - end - 4);
        } else missing -= chunk.length;
        if (missing === 0) {
          answered++;
          ask();
        }
      });
    });

  await Promise.all(Array.from({ length: connections }, run));
  return (answered * 1_000) / (performance.now() - begin);
}
