import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { hostOf } from './endpoints.js';
import type { Targets } from './targets.js';

/** What became of one request. */
export interface Answer {
  /** Null: it was taken. A status, or an error's code: nothing of what was sent or answered. */
  failure: string | null;
  /** 410: the receiver wants no more. */
  gone: boolean;
  /** When the receiver wants to be asked again, in ms from now; null where it does not say. */
  retryAfterMs: number | null;
}

export interface Letter {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Sends to one endpoint, over connections that stay open between two requests. */
export interface Courier {
  /** Never rejects. Follows no redirect. `signal` cuts it off. */
  send(letter: Letter, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

export interface CourierOptions {
  targets: Targets;
  /** How long a request may take until it is answered, in ms. */
  timeoutMs: number;
  now(): number;
  /** `dns.lookup` where absent. */
  resolve?: typeof lookup;
}

/** Of an answer so much is read; a connection that brings more is closed. */
const READ_BYTES = 64 * 1024;
const LONGEST_RETRY_AFTER_MS = 86_400_000;

class Refused extends Error {}

export function createCourier({ targets, timeoutMs, now, resolve = lookup }: CourierOptions): Courier {
  const agents = {
    'http:': new HttpAgent({ keepAlive: true }),
    'https:': new HttpsAgent({ keepAlive: true }),
  };

  /** The address that was looked at is the one that is connected to: a name may lead elsewhere the next time. */
  const lookingAt = (protocol: string): LookupFunction =>
    ((hostname: string, options: LookupOptions, done) => {
      resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
        if (error) return done(error, '');
        const refusals = found.map(({ address }) => targets.refusal(hostname, address, protocol));
        const refusal = refusals.find((one) => one !== null);
        if (refusal) return done(new Refused(refusal), '');
        if (options.all) return done(null, found);
        const [{ address, family } = { address: '', family: 0 }] = found;
        done(null, address, family);
      });
    }) as LookupFunction;

  function post({ url, headers, body }: Letter, signal: AbortSignal): Promise<IncomingMessage> {
    const secure = url.protocol === 'https:';
    return new Promise((answered, failed) => {
      const sent = (secure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
        agent: secure ? agents['https:'] : agents['http:'],
        lookup: lookingAt(url.protocol),
        signal,
      });
      sent.on('response', answered);
      // 101: another protocol from here on, which nobody speaks. Node would close the connection and say nothing more.
      sent.on('upgrade', (response, socket) => {
        socket.destroy();
        answered(response);
      });
      // Whatever else ends it without a word.
      sent.on('close', () => failed(new Error('the request was closed')));
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // The receiver closed a connection that had rested, in the moment it was used again.
        const stale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        if (stale && !signal.aborted) post({ url, headers, body }, signal).then(answered, failed);
        else failed(error);
      });
      sent.end(body);
    });
  }

  return {
    async send(letter, signal) {
      const { url } = letter;
      const host = hostOf(url);
      const timeout = new AbortController();
      const timer = setTimeout(() => timeout.abort(), timeoutMs);
      const cut = () => timeout.abort();
      signal.addEventListener('abort', cut);
      if (signal.aborted) cut();
      try {
        // An address is connected to without being looked up.
        const refusal = isIP(host) ? targets.refusal(host, host, url.protocol) : null;
        if (refusal) throw new Refused(refusal);
        const response = await post(letter, timeout.signal);
        drain(response, timeoutMs);
        return answerOf(response, now());
      } catch (error) {
        const failure = timeout.signal.aborted && !signal.aborted ? 'no answer in time' : failureOf(error);
        return { failure, gone: false, retryAfterMs: null };
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', cut);
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** So that the connection can be used again. What it says is not looked at. */
function drain(response: IncomingMessage, withinMs: number): void {
  let bytes = 0;
  const tooLong = setTimeout(() => response.destroy(), withinMs).unref();
  response.on('close', () => clearTimeout(tooLong));
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > READ_BYTES) response.destroy();
  });
  response.on('error', () => {});
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, now: number): Answer {
  const taken = statusCode >= 200 && statusCode < 300;
  return {
    failure: taken ? null : `HTTP ${statusCode}`,
    gone: statusCode === 410,
    retryAfterMs: taken ? null : retryAfter(headers['retry-after'], now),
  };
}

/** Seconds, or a date. */
function retryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  const ms = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

function failureOf(error: unknown): string {
  if (error instanceof Refused) return `refused: ${error.message}`;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'the request failed';
}
