import { expect, it, onTestFinished } from 'vitest';
import { ANYONE } from '../../../src/auth/authenticate.js';
import { createStillGood } from '../../../src/auth/still-good.js';
import { serveHello } from './http-server.js';
import { open, readAll } from './raw-request.js';

const BODY = JSON.stringify({ query: 'mutation { shout(text: "late") }' });
const HEAD = `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\nconnection: close\r\n\r\n`;

/** Sends a mutation whose body is on its way for so many ms, within which its credential may end. */
async function sendSlowly({ ms, ends }: { ms: number; ends: boolean }) {
  let now = 0;
  let good = true;
  let admitted = () => {};
  const isAdmitted = new Promise<void>((resolve) => {
    admitted = resolve;
  });
  const server = await serveHello({
    now: () => now,
    admit() {
      admitted();
      return { caller: ANYONE, holds: async () => good };
    },
  });
  onTestFinished(() => server.stop());
  const socket = open(server.port);
  const answer = readAll(socket);
  socket.write(HEAD + BODY.slice(0, 5));
  await isAdmitted;
  now = ms;
  good = !ends;
  socket.write(BODY.slice(5));
  return { answer: await answer, shouted: server.shouted };
}

it('a credential that ends while a body is on its way opens nothing', async () => {
  const { answer, shouted } = await sendSlowly({ ms: 20_000, ends: true });
  expect(answer).toMatch(/^HTTP\/1.1 401 /);
  expect(answer).toContain('"UNAUTHENTICATED"');
  expect(shouted).toEqual([]);
});

it('one that is good still opens what it did', async () => {
  const { answer, shouted } = await sendSlowly({ ms: 20_000, ends: false });
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
  expect(shouted).toEqual(['late']);
});

it('what goes on for long is asked for again and again, and what is short is not', async () => {
  let now = 0;
  let asked = 0;
  let good = true;
  const stillGood = createStillGood({ holds: async () => ++asked > 0 && good }, () => now);
  for (const at of [0, 1_999, 2_000, 3_999, 4_000]) {
    now = at;
    await stillGood();
  }
  expect(asked).toBe(2);
  good = false;
  now = 6_000;
  await expect(stillGood()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});
