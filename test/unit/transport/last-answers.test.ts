import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createLastAnswers } from '../../../src/transport/last-answers.js';

it('ends each connection with its answer, that of a request under way too, and says so', async () => {
  const server = createServer();
  const endConnections = createLastAnswers(server);
  const arrived: ServerResponse[] = [];
  server.on('request', (_request, response) => arrived.push(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());

  const ask = () => {
    const asked = request({ port: (server.address() as AddressInfo).port, agent });
    asked.end();
    return once(asked, 'response').then(([answer]) => {
      (answer as IncomingMessage).resume();
      return (answer as IncomingMessage).headers.connection;
    });
  };
  const answerNext = async () => {
    if (arrived.length === 0) await once(server, 'request');
    arrived.shift()?.end('done');
  };

  const before = ask();
  await answerNext();
  expect(await before).toBe('keep-alive');
  const underWay = ask();
  await once(server, 'request');
  endConnections();
  await answerNext();
  expect(await underWay).toBe('close');
  const after = ask();
  await answerNext();
  expect(await after).toBe('close');
  server.close();
  await once(server, 'close');
});
