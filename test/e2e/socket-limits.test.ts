import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type RunningServer, startServer } from '../support/server.js';
import { introduced, talk } from '../support/talk.js';

const LARGEST_FRAME = 64 * 1024;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ maxBodyBytes: LARGEST_FRAME });
});
afterAll(() => server.stop());

const following = (id: string, comment: number) => ({
  id,
  type: 'subscribe',
  payload: { query: `subscription { sessionActivity { __typename cursor } } # ${'x'.repeat(comment)}` },
});

describe('the introduction of a socket', () => {
  it('may carry credentials', async () => {
    const { say, closed } = await talk(server.url);
    say({ type: 'connection_init', payload: { authorization: `Bearer ${'x'.repeat(15_000)}` } });
    // They were read, and are not good.
    expect((await closed).code).toBe(4403);
  });

  it('is not kept where it is larger than headers could be', async () => {
    const { say, closed } = await talk(server.url);
    say({ type: 'connection_init', payload: { authorization: 'x'.repeat(17_000) } });
    expect((await closed).code).toBe(4400);
  });
});

describe('a socket that the server closes', () => {
  it('begins nothing further, however long its client takes to go', async () => {
    const { socket, say, closed } = await introduced(server.url);
    const make = (id: string) => `mutation { createSession(input: {sessionId: "${id}"}) { __typename } }`;
    // ws sends what comes in one turn together.
    say({ type: 'nonsense' });
    say({ id: 'late', type: 'subscribe', payload: { query: make('begun-after-the-end') } });
    expect((await closed).code).toBe(4400);
    await server.request(make('begun-before'));
    const found = await server.request(
      '{ late: session(sessionId: "begun-after-the-end") { sessionId } other: session(sessionId: "begun-before") { sessionId } }',
    );
    expect(found.body.data).toEqual({ late: null, other: { sessionId: 'begun-before' } });
    socket.terminate();
  });
});

describe('thousands of pings in one packet', () => {
  it('are answered, and what comes behind them too', async () => {
    const { socket, say, hear } = await introduced(server.url);
    let pongs = 0;
    const all = new Promise<void>((resolve) => socket.on('pong', () => ++pongs === 3_000 && resolve()));
    for (let sent = 0; sent < 3_000; sent++) socket.ping();
    say({ type: 'ping' });
    await all;
    expect(await hear()).toEqual({ type: 'pong' });
    socket.terminate();
  });
});

describe('a ping', () => {
  it('is answered with what it carried', async () => {
    const { socket, say, hear } = await introduced(server.url);
    say({ type: 'ping' });
    expect(await hear()).toEqual({ type: 'pong' });
    say({ type: 'ping', payload: { sent: [1] } });
    expect(await hear()).toEqual({ type: 'pong', payload: { sent: [1] } });
    socket.terminate();
  });

  it('closes its socket where it is larger than what could be sent back again and again', async () => {
    const { socket, closed } = await introduced(server.url);
    socket.send(JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(16_384) } }));
    expect((await closed).code).toBe(4400);
  });

  it('comes from the server too, in messages that a client can count, once it was let in', async () => {
    const pinging = await startServer({ pingInterval: 0.02 });
    onTestFinished(() => pinging.stop());
    const { socket, say, hear } = await talk(pinging.url);
    const { pings } = await new Promise<{ pings: number }>((resolve) => {
      let pings = 0;
      socket.on('message', (data) => {
        if (String(data) === '{"type":"ping"}') pings++;
        if (pings === 2) resolve({ pings });
      });
      say({ type: 'connection_init' });
    });
    expect(await hear()).toEqual({ type: 'connection_ack' });
    expect(pings).toBe(2);
    // The answer is taken, and the socket goes on.
    say({ type: 'pong' });
    say({ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } });
    let answer = await hear();
    while (answer.type === 'ping') answer = await hear();
    expect(answer).toMatchObject({ id: '1', type: 'next' });
    socket.terminate();
  });

  it('that is nested without end closes its socket', async () => {
    const { say, closed } = await introduced(server.url);
    say(`{"type":"ping","payload":{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`);
    expect((await closed).code).toBe(4400);
  });
});

describe('the operations of a socket', () => {
  it('are kept while they run, and so not more of them than a socket may hold', async () => {
    const { socket, say, hear } = await introduced(server.url);
    for (const id of ['1', '2', '3']) {
      say(following(id, 40_000));
      expect(await hear()).toMatchObject({ id, type: 'next', payload: { data: { sessionActivity: {} } } });
    }
    say(following('4', 40_000));
    expect(await hear()).toMatchObject({
      id: '4',
      type: 'error',
      payload: [{ message: expect.stringContaining('131072'), extensions: { code: 'RATE_LIMITED' } }],
    });

    // What has ended makes room.
    say({ id: '1', type: 'complete' });
    say({ type: 'ping' });
    expect(await hear()).toEqual({ type: 'pong' });
    say(following('5', 40_000));
    expect(await hear()).toMatchObject({ id: '5', type: 'next', payload: { data: { sessionActivity: {} } } });
    socket.terminate();
  });

  it('keep of their variables those alone that they declare', async () => {
    const { socket, say, hear } = await introduced(server.url);
    const { id, type, payload } = following('1', 0);
    const variables = { huge: 'x'.repeat(40_000), after: null };
    say({ id, type, payload: { ...payload, variables } });
    expect(await hear()).toMatchObject({ id, type: 'next' });
    // Equal but for what neither declares, and so one group.
    say({ id: '2', type, payload: { ...payload, variables: { other: 1 } } });
    expect(await hear()).toMatchObject({ id: '2', type: 'next' });
    await vi.waitFor(async () => {
      const { body } = await server.request('{ serverStatus { sockets { subscriptions groups } } }');
      expect(body.data.serverStatus.sockets).toEqual({ subscriptions: 2, groups: 1 });
    });
    socket.terminate();
  });

  it('may have ids as long as a thousand characters, also where one is given twice', async () => {
    const { say, hear, closed } = await introduced(server.url);
    const id = 'é'.repeat(300);
    say(following(id, 0));
    expect(await hear()).toMatchObject({ id, type: 'next' });
    say(following(id, 0));
    const { code, reason } = await closed;
    expect(code).toBe(4409);
    expect(reason).toMatch(/^Subscriber for é+$/);
  });

  it('have no longer ids, which would stand in each of their messages', async () => {
    const { say, closed } = await introduced(server.url);
    say(following('x'.repeat(1_001), 0));
    expect((await closed).code).toBe(4400);
  });
});
