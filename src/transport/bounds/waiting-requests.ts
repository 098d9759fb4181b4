import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from '../../domain/access/caller-key.js';
import type { CutOff } from '../cut-off.js';
import { readAnyway } from './large-bodies.js';
import type { PeerAccount, WaitingBytes } from './waiting-bytes.js';

/** What a request takes that waits to be handled, beside the text of its head, with Node 20 and some to spare. */
const REQUEST_BYTES = 8 * 1024;

/**
 * Counts requests that wait behind another one of their connection as what has arrived: nobody knows yet who sends them, so that they
 * are their address's. Past the bounds its connections are cut. Gives what lets go of one.
 */
export function countWaitingRequests(
  arriving: WaitingBytes,
  cutOff: CutOff,
): (req: IncomingMessage) => () => void {
  const accounts = new WeakMap<Socket, PeerAccount>();

  function accountOf(socket: Socket): PeerAccount {
    const known = accounts.get(socket);
    if (known) return known;
    const from = socket.remoteAddress ?? '';
    const account = arriving.peer({
      caller: () => addressKey(from),
      cut() {
        cutOff('RATE_LIMITED', null, from);
        socket.destroy();
      },
    });
    accounts.set(socket, account);
    socket.once('close', () => account.end());
    return account;
  }

  return (req) => {
    const { socket, url = '', rawHeaders } = req;
    const head = rawHeaders.reduce((sum, { length }) => sum + length, url.length);
    return accountOf(socket).hold(null, REQUEST_BYTES + head + readAnyway(req));
  };
}
