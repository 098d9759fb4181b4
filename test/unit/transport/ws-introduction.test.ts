import { MessageType } from 'graphql-ws';
import { expect, it } from 'vitest';
import { ANYONE } from '../../../src/auth/authenticate.js';
import { createCallers, type SocketExtra } from '../../../src/transport/ws-callers.js';
import { handleMessage } from '../../../src/transport/ws-messages.js';

/** What an introduction leaves behind, and what was shown and handed on. */
async function introduce(payload: Record<string, unknown>, header?: string) {
  const shown: unknown[] = [];
  const handed: string[] = [];
  const callers = createCallers({
    authenticate: async (authorization) => {
      shown.push(authorization);
      return { caller: ANYONE, holds: async () => true };
    },
    callers: {
      maxPerCaller: 1,
      enter: () => ({ hold: () => () => {} }),
      leave() {},
      close() {},
    },
    refused() {},
  });
  const extra = {
    introduced: false,
    introduction: {},
    authorization: header,
    share: null,
    credential: null,
    gone: false,
    from: '127.0.0.1',
    entered() {},
  } as Partial<SocketExtra> as SocketExtra;
  await handleMessage(
    { message: { type: MessageType.ConnectionInit, payload }, lossy: null, bytes: 100, weight: 100 },
    extra,
    () => undefined,
    async (message) => {
      handed.push(message);
      await callers.introduce({ extra } as Parameters<typeof callers.introduce>[0]);
    },
  );
  return { extra, shown, handed };
}

it('of what a socket says of itself its traces alone are kept', async () => {
  const traces = { traceparent: '00-1', tracestate: 'a=1', baggage: 'b=2' };
  const { extra, shown, handed } = await introduce({
    ...traces,
    authorization: 'Bearer key',
    list: Array.from({ length: 1_000 }, () => []),
  });
  expect(shown).toEqual(['Bearer key']);
  expect(extra.introduction).toEqual(traces);
  expect(handed).toEqual(['{"type":"connection_init"}']);
});

it('nothing of them is kept that is long or no text, nor the header that has shown who it is', async () => {
  const { extra, shown } = await introduce({ traceparent: {}, tracestate: 'x'.repeat(1_025) }, 'Bearer key');
  expect(shown).toEqual(['Bearer key']);
  expect(extra.introduction).toEqual({});
  expect(extra.authorization).toBeUndefined();
});
