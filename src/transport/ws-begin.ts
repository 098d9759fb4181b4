import { GraphQLError } from 'graphql';
import { MessageType, type SubscribePayload } from 'graphql-ws';
import type { Caller } from '../domain/access/policy.js';
import { after, isPromise, type Later, lastly } from '../domain/async/later.js';
import { ParleyError } from '../domain/errors.js';
import { type LossyNumber, lossyNumberError } from '../domain/json/written-numbers.js';
import { answerBytes } from '../graphql/answer-text.js';
import { MAX_EVENT_COST } from '../graphql/checks/limits.js';
import type { Trust } from '../graphql/checks/trusted-documents.js';
import type { MakeContext } from '../graphql/context.js';
import { type OperationObserver, observed } from '../graphql/observe-operations.js';
import type { Answer, ReadyOperation } from '../graphql/plan/plan.js';
import type { Plans } from '../graphql/plan/plans.js';
import type { PreparedOperation } from '../graphql/prepare-operation.js';
import { type Held, heldByMessage, heldByOperation } from './bounds/held-memory.js';
import { callerOf, type SocketExtra, stillGoodOf } from './ws-callers.js';
import type { Operation, Prepared } from './ws-operation-ids.js';

export interface BeginOptions {
  makeContext: MakeContext;
  observer: OperationObserver;
  /** Parses, validates and measures an operation, or says what is wrong with it. */
  prepare(payload: SubscribePayload): PreparedOperation;
  /** What has been prepared before goes past graphql-ws. */
  plans: Pick<Plans, 'ready' | 'add'>;
  /** Counts one operation of a caller. Rejects with RATE_LIMITED. */
  count(caller: Caller, from: string): Later<void>;
  /** Told the code of everything that is refused before it becomes an operation. */
  refused(code: string, caller: Caller | null, from: string): void;
  /** Lets the known operations pass alone; null: any. */
  trust: Trust | null;
  /** Largest frame that is read. */
  maxPayloadBytes: number;
  /** Operations that one socket may have open. */
  maxOperations: number;
}

/** What a client asks for. */
export interface Asked {
  payload: SubscribePayload;
  /** A number in it whose digits would be lost. */
  lossy: LossyNumber | null;
  /** Of its message, and what that takes when it is parsed. */
  bytes: number;
  weight: number;
}

/** Begins an operation of a socket: what is known is answered by its plan, `open` hands anything else to graphql-ws. */
export type Begin = (
  asked: Asked,
  operation: Operation,
  extra: SocketExtra,
  open: (prepared: Prepared) => Promise<void>,
) => Later<void>;

/** Objects that the subscriptions of one socket may ask for with each event, ten of the largest together. */
const MAX_EVENT_COST_OF_SOCKET = 10 * MAX_EVENT_COST;
/** What the open operations of a socket hold: this many of the largest messages at most. */
const HELD_MESSAGES = 2;

export function createBegin(options: BeginOptions): Begin {
  const { plans, observer } = options;
  const maxHeldBytes = HELD_MESSAGES * options.maxPayloadBytes;

  /** Why no further operation can be taken. This one is counted already. */
  function tooMany({ operations }: SocketExtra): ParleyError | null {
    const what =
      operations.size > options.maxOperations
        ? `This socket has ${options.maxOperations} operations open, the most that are allowed`
        : operations.heldBytes > maxHeldBytes
          ? `The operations that this socket has open are larger than the ${maxHeldBytes} bytes that are allowed`
          : null;
    return what === null
      ? null
      : new ParleyError('RATE_LIMITED', `${what}. Complete some, or open another socket.`);
  }

  function keep(
    operation: Operation,
    { operations, share }: SocketExtra,
    held: readonly Held[],
    cost: number,
  ): void {
    if (operations.cost + cost > MAX_EVENT_COST_OF_SOCKET) throw tooMuchForEach(cost);
    const release = share?.hold(held);
    if (release) operations.keep(operation, { cost, release });
  }

  /** The operation that a message asks for, or what it is refused for. */
  function prepare(asked: Asked, operation: Operation, extra: SocketExtra): Later<ReadyOperation | Prepared> {
    const { credential, from } = extra;
    try {
      const refusal = tooMany(extra);
      if (refusal) throw refusal;
      const counting = credential ? options.count(credential.caller, from) : undefined;
      if (!isPromise(counting)) return prepareAdmitted(asked, operation, extra);
      return counting
        .then(() => prepareAdmitted(asked, operation, extra))
        .catch((error: unknown) => refusedFor(error, asked, extra));
    } catch (error) {
      return refusedFor(error, asked, extra);
    }
  }

  function refusedFor(error: unknown, { payload }: Asked, { credential, from }: SocketExtra): Prepared {
    if (!(error instanceof ParleyError)) throw error;
    options.refused(error.code, credential?.caller ?? null, from);
    const errors = [new GraphQLError(error.message, { originalError: error })];
    return { operationName: payload.operationName ?? null, errors };
  }

  function prepareAdmitted(
    { payload: sent, lossy, bytes, weight }: Asked,
    operation: Operation,
    extra: SocketExtra,
  ): ReadyOperation | Prepared {
    // The path begins with the message's own `payload`.
    if (lossy) throw lossyNumberError({ ...lossy, path: lossy.path.slice(1) });
    const payload = options.trust?.(sent) ?? sent;
    const { query, operationName = null } = payload;
    const ready = plans.ready(payload);
    if (ready) {
      keep(operation, extra, heldByMessage({ bytes, weight }), 0);
      return ready;
    }
    const prepared = options.prepare(payload);
    if ('errors' in prepared) options.makeContext(callerOf(extra), extra.from).refused(prepared.errors);
    if ('document' in prepared) {
      const { document, eventCost } = prepared;
      keep(operation, extra, heldByOperation(document, { bytes, weight }), eventCost);
      const planned = plans.add(query, operationName, document)?.with(payload.variables ?? {});
      if (planned) return planned;
    }
    return { operationName, ...prepared };
  }

  /** Its result and its end go out together. */
  function answer(ready: ReadyOperation, operation: Operation, extra: SocketExtra): Later<void> {
    const context = options.makeContext(callerOf(extra), extra.from, { stillGood: stillGoodOf(extra) });
    extra.operations.begun();
    return lastly(
      () => {
        const answer = observed(observer, extra.introduction, ready, () => ready.execute(context));
        return after(answer, (made) => send(made, operation, extra));
      },
      () => {
        context.end();
        extra.operations.over();
      },
    );
  }

  function send({ json }: Answer, operation: Operation, { operations, socket }: SocketExtra): Later<void> {
    if (!operation.awaited) return;
    const id = JSON.stringify(operation.id);
    // Its id is free for the client as soon as it can know.
    operations.answered(operation);
    const head = `{"id":${id},"type":"${MessageType.Next}","payload":`;
    const complete = `{"id":${id},"type":"${MessageType.Complete}"}`;
    if (typeof json === 'string') return socket.send(`${head}${json}}`, complete);
    const handed = socket.hand(Buffer.from(head), [answerBytes(json)]);
    return after(socket.send(complete), () => handed);
  }

  return (asked, operation, extra, open) =>
    after(prepare(asked, operation, extra), (prepared) => {
      if (extra.gone || !operation.awaited) return;
      return 'execute' in prepared ? answer(prepared, operation, extra) : open(prepared);
    });
}

const tooMuchForEach = (cost: number) =>
  new ParleyError(
    'RATE_LIMITED',
    `The subscriptions of this socket would ask for more than ${MAX_EVENT_COST_OF_SOCKET} objects with each event, this one for ${cost}. Complete some, or ask for smaller pages.`,
  );
