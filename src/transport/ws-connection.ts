import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CloseCode, MessageType, stringifyMessage, type WebSocket as Transport } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Credential } from '../auth/authenticate.js';
import { after, isPromise, type Later } from '../domain/async/later.js';
import { type ErrorCode, ParleyError } from '../domain/errors.js';
import { createSlowReader } from '../domain/live/follow.js';
import type { RequestContext } from '../graphql/context.js';
import type { Beating } from './beat.js';
import { LARGE_BODY_BYTES } from './bounds/large-bodies.js';
import { type CallerShare, connectionKey } from './bounds/live-callers.js';
import { type ReadBefore, readBefore } from './read-before.js';
import { NOTHING, type SocketExtra, TRY_AGAIN_LATER } from './ws-callers.js';
import { closeReason } from './ws-close-reason.js';
import type { ConnectionParts, Opener } from './ws-connection-parts.js';
import { Inbox, type InboxOwner } from './ws-inbox.js';
import { Incoming, type Sender } from './ws-incoming.js';
import { handleMessage, MAX_INTRODUCTION_BYTES, MESSAGE_TOO_BIG } from './ws-messages.js';
import { createOperationIds } from './ws-operation-ids.js';
import { type MessageTurns, readMessage, type SentMessage } from './ws-read-message.js';
import { type GuardedSocket, guardSocket, type SocketOwner } from './ws-socket.js';

const PING = stringifyMessage({ type: MessageType.Ping });

/**
 * One socket, as graphql-ws is given it and as everything else of the transport knows it: the seven ports that it implements are most of
 * its length. A class, unlike its neighbours: there are thousands, most of which wait, and they share the code of its methods.
 */
export class WsConnection
  implements SocketExtra, Transport, SocketOwner, Sender, InboxOwner, MessageTurns, Beating
{
  readonly reader = createSlowReader();
  readonly operations = createOperationIds();
  readonly socket: GuardedSocket;
  readonly from: string;
  authorization: string | undefined;
  introduced = false;
  introduction: Readonly<Record<string, unknown>> = NOTHING;
  gone = false;
  share: CallerShare | null = null;
  credential: Credential | null = null;
  private readonly inbox = new Inbox(this);
  private readonly incoming: Incoming;
  private readonly before: ReadBefore;
  /** Of a large message that is read. */
  private reading: RequestContext | null = null;
  /** Told that it closes while a message waits. */
  private giveUp: (() => void) | null = null;
  private toGraphql: ((message: string) => Promise<void>) | null = null;
  private left: ((code: number, reason: string) => Promise<void>) | null = null;

  constructor(
    private readonly ws: WebSocket,
    private readonly stream: Duplex,
    { from, authorization }: Opener,
    private readonly parts: ConnectionParts,
  ) {
    this.from = from;
    this.authorization = authorization;
    this.socket = guardSocket(ws, stream, this, parts.guarding);
    this.incoming = new Incoming(this, parts.incoming);
    parts.pingMessages.join(this);
    ws.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.refused('PAYLOAD_TOO_LARGE');
      this.incoming.end();
      parts.log.debug({ err: error }, 'a WebSocket failed');
    });
    ws.on('message', (data, isBinary) => {
      if (this.gone) return;
      if (isBinary) this.end(CloseCode.BadRequest, 'Send text frames, not binary ones');
      else this.inbox.take(data as Buffer);
    });
    ws.on('close', (code, reason) => this.closed(code, String(reason)));
    this.before = readBefore(stream, (chunk) => this.incoming.take(chunk));
    stream.once('close', () => this.incoming.end());
  }

  get protocol(): string {
    return this.ws.protocol;
  }

  caller(): string {
    return connectionKey(this);
  }

  async send(message: string): Promise<void> {
    const outgoing = this.operations.outgoing(message);
    if (outgoing !== null) await this.socket.send(outgoing);
  }

  close(code = CloseCode.InternalServerError, reason = ''): void {
    this.end(code, reason);
  }

  onMessage(handle: (message: string) => Promise<void>): void {
    this.toGraphql = handle;
  }

  read(bytes: Buffer): void {
    this.before.give(bytes);
  }

  mayRead(): Later<void> {
    return after(this.inbox.idle(), () => (this.gone ? undefined : this.parts.turn(this.caller())));
  }

  /** What graphql-ws is to be told of the end. */
  closedBy(left: (code: number, reason: string) => Promise<void>): void {
    this.left = left;
  }

  handle(message: Buffer): Later<void> {
    if (this.gone) return;
    const { length } = message;
    if (!this.introduced && length > MAX_INTRODUCTION_BYTES) {
      return this.end(CloseCode.BadRequest, 'The introduction is too large');
    }
    return after(readMessage(String(message), length, this), (sent) => this.begin(sent));
  }

  turn({ length }: Buffer): Later<void> {
    const turn = length > LARGE_BODY_BYTES && !this.gone ? this.largeTurn() : null;
    if (turn) return this.waits(length, turn);
  }

  taken(): void {
    const { reading } = this;
    if (!reading) return;
    this.reading = null;
    // What it asks for is prepared and begun within the next turns of the loop.
    setImmediate(() => setImmediate(() => reading.end()));
  }

  turnFailed(error: unknown): void {
    if (this.gone) return;
    if (error instanceof ParleyError) {
      this.refused(error.code);
      this.end(TRY_AGAIN_LATER, error.message);
    } else this.failed(error);
  }

  pause(): () => void {
    return this.socket.pause();
  }

  cut(): void {
    this.socket.cut();
  }

  tooLate(): void {
    this.cutOff('TIMEOUT');
  }

  drop(): void {
    this.ws.terminate();
  }

  cutOff(code: ErrorCode): void {
    this.parts.cutOff(code, this.credential?.caller ?? null, this.from);
  }

  beat(): void {
    if (this.share && this.ws.bufferedAmount === 0) void this.socket.send(PING);
  }

  entered(): void {
    this.parts.connections.leave(this.stream as Socket, this.caller());
  }

  /** Its client may take as long as it likes to go: nothing further of it is read, nor begun. */
  end(code: number, reason: string): void {
    if (code === MESSAGE_TOO_BIG) this.refused('PAYLOAD_TOO_LARGE');
    this.leave();
    this.socket.settle();
    this.ws.close(code, closeReason(reason));
  }

  credentialEnded(): void {
    this.cutOff('UNAUTHENTICATED');
    this.end(CloseCode.Forbidden, 'The credential has ended');
  }

  /** One that weighs much takes the turn of large ones, though it is short. */
  weighs(length: number, weight: number): Later<void> {
    const turn = weight > LARGE_BODY_BYTES && !this.reading ? this.largeTurn() : null;
    if (turn) return this.waits(length, turn);
  }

  begins(length: number): Later<void> {
    const turn = this.gone ? undefined : this.parts.turn(this.caller());
    if (isPromise<void>(turn)) return this.waits(length, turn);
  }

  private begin(sent: SentMessage | null): void {
    const { toGraphql } = this;
    if (sent === null) {
      this.end(MESSAGE_TOO_BIG, 'The message holds too many lists, objects and names');
      return;
    }
    // What came before the end may be read after it: nobody would end it.
    if (this.gone || !toGraphql) return;
    try {
      const taken = handleMessage(sent, this, this.parts.begin, toGraphql);
      if (isPromise<void>(taken)) taken.catch((error) => this.failed(error));
    } catch (error) {
      this.failed(error);
    }
  }

  /** Null before it is known who has sent it, and so in the introduction: nothing of that is large. */
  private largeTurn(): Promise<void> | null {
    if (!this.credential) return null;
    this.reading = this.parts.makeContext(this.credential.caller, this.from);
    return this.reading.hold(LARGE_BODY_BYTES + 1);
  }

  /** A message in memory that waits counts as what has come. Of a socket that goes meanwhile it is let go at once. */
  private async waits(bytes: number, turn: Promise<void>): Promise<void> {
    const release = this.incoming.waits(bytes);
    const going = new Promise<never>((_, reject) => {
      this.giveUp = () => reject(new Error('the socket has closed'));
    });
    try {
      await Promise.race([turn, going]);
    } finally {
      this.giveUp = null;
      release();
    }
  }

  private failed(error: unknown): void {
    this.parts.log.error({ err: error }, 'a WebSocket message could not be handled');
    this.end(CloseCode.InternalServerError, 'Internal server error');
  }

  /** Of whoever has opened it, as far as that is known. */
  private refused(code: string): void {
    this.parts.refused(code, this.credential?.caller ?? null, this.from);
  }

  private leave(): void {
    this.gone = true;
    this.giveUp?.();
  }

  private closed(code: number, reason: string): void {
    this.leave();
    this.parts.pingMessages.leave(this);
    this.incoming.end();
    this.socket.closed();
    this.left?.(code, reason).catch((error: unknown) =>
      this.parts.log.error({ err: error }, 'a closed WebSocket could not be cleaned up'),
    );
  }
}
