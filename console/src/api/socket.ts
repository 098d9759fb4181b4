import { type Client, createClient } from 'graphql-ws';
import { createStore } from '../store.js';
import { access, askForCredential, credentialGiven } from './credential.js';
import { lookForNewer } from './look-for-newer.js';
import { authorizationOf } from './stored-credential.js';

/** What the live feed's socket is doing: `idle` while nothing is followed. */
export type SocketState = 'idle' | 'connecting' | 'open' | 'lost';

export const socketState = createStore<SocketState>('idle');

/** The close code for a credential that is missing, wrong, ended or revoked. */
const FORBIDDEN = 4403;
const LONGEST_WAIT_MS = 8_000;
/** How long nothing may come that has to. */
const SILENCE_MS = 20_000;

let shown: string | null = null;

let silence: ReturnType<typeof setTimeout> | undefined;
let silent = false;

/** A line that is cut without a word, as by a laptop's new network, is no lost connection to graphql-ws: it does not look at whether a ping is answered. */
function expectSomething(): void {
  clearTimeout(silence);
  silent = true;
  silence = setTimeout(() => (silent ? socket.terminate() : expectSomething()), SILENCE_MS);
}

/** One socket for everything that is followed; it is opened again for as long as anything is. */
export const socket: Client = createClient({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
  connectionParams() {
    shown = access.get().credential;
    return authorizationOf(shown);
  },
  lazyCloseTimeout: 3_000,
  keepAlive: 10_000,
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  async retryWait(retries) {
    await credentialGiven();
    const wait = Math.min(LONGEST_WAIT_MS, 250 * 2 ** retries);
    await soonOrBackOnline(wait * (0.75 + Math.random() / 2));
  },
  on: {
    connecting() {
      expectSomething();
      socketState.set(socketState.get() === 'lost' ? 'lost' : 'connecting');
    },
    ping: (received) => received || expectSomething(),
    message({ type }) {
      silent = false;
      if (type === 'pong' || type === 'connection_ack') clearTimeout(silence);
    },
    connected() {
      if (socketState.get() === 'lost') void lookForNewer();
      socketState.set('open');
    },
    closed(event) {
      clearTimeout(silence);
      const { code, wasClean } = event as CloseEvent;
      if (code === FORBIDDEN) askForCredential(shown);
      socketState.set(code === 1000 && wasClean ? 'idle' : 'lost');
    },
  },
});

/** Another credential is shown by another connection. */
access.subscribe(() => {
  const { credential, asked } = access.get();
  if (asked === 'no' && credential !== shown && socketState.get() === 'open') socket.terminate();
});

/** A laptop that wakes up does not wait for the timer that it fell asleep with. */
function soonOrBackOnline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      document.removeEventListener('visibilitychange', seen);
      resolve();
    };
    const seen = () => {
      if (document.visibilityState === 'visible') done();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
    document.addEventListener('visibilitychange', seen);
  });
}
