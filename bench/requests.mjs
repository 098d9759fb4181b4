// GraphQL with as little as there can be between a client and its socket, where times are what is measured.
import { Agent, request } from 'node:http';
import WebSocket from 'ws';

const agent = new Agent({ keepAlive: true, noDelay: true });

/** An operation over HTTP; the time at which its answer began to come. */
export function send(url, query, variables) {
  const body = JSON.stringify({ query, variables });
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        const parts = [];
        let begun;
        response.once('data', () => {
          begun = performance.now();
        });
        response.on('data', (part) => parts.push(part));
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          if (response.statusCode === 200 && !text.includes('"errors"')) resolve(begun);
          else reject(new Error(text));
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/**
 * A subscription over a socket of its own, which is returned before it is open. `onAsked` is told when the subscription was sent,
 * `onData` each result's data; whatever else comes is wrong, and told to `onError`.
 */
export function follow(url, query, variables, { onAsked = () => {}, onData, onError }) {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  socket.on('error', onError);
  socket.on('open', () => socket.send('{"type":"connection_init"}'));
  socket.on('message', (message) => {
    const { type, payload } = JSON.parse(String(message));
    if (type === 'connection_ack') {
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
      onAsked();
    } else if (type === 'next' && payload.data) onData(payload.data);
    else if (type === 'ping') socket.send('{"type":"pong"}');
    else onError(new Error(`the server sent ${message}`));
  });
  return socket;
}
