import { randomBytes } from 'node:crypto';
import { Binary, Long, Timestamp } from 'mongodb';
import { isMap, mapTree, type Node, type NodeMap } from './tree.js';

/** What the placeholders of a recording stand for in this run. */
export interface Bindings {
  /** Learns from a reply what the placeholders of the recorded one stand for. */
  learn(recorded: Node, received: Node): void;
  /** The recorded command as it is to be sent. */
  resolve(recorded: Node): Node;
  /** The text of a token that has been learnt. */
  token(number: number): string;
}

const NAMES = ['$token', '$time', '$cursor', '$uuid'];

/** `madeTokens` gives tokens that no server ever sent. */
export function createBindings(
  madeTokens: ReadonlyMap<number, (token: Bindings['token']) => string>,
): Bindings {
  const known = new Map<string, Node>();
  const keyOf = (node: Node): string | undefined => {
    if (!isMap(node)) return undefined;
    const name = NAMES.find((candidate) => node.has(candidate));
    return name && `${name} ${node.get(name)}`;
  };

  const bindings: Bindings = {
    learn(recorded, received) {
      const key = keyOf(recorded);
      if (key) {
        if (!known.has(key)) known.set(key, received);
      } else if (isMap(recorded) && isMap(received)) {
        for (const [name, value] of recorded) {
          const found = received.get(name);
          if (found !== undefined) bindings.learn(value, found);
        }
      } else if (Array.isArray(recorded) && Array.isArray(received))
        recorded.forEach((value, index) => {
          if (index < received.length) bindings.learn(value, received[index] as Node);
        });
    },
    resolve: (recorded) =>
      mapTree(recorded, (node) => {
        const repeated = isMap(node) ? node.get('$repeat') : undefined;
        if (Array.isArray(repeated)) return String(repeated[0]).repeat(Number(repeated[1]));
        const key = keyOf(node);
        if (!key) return undefined;
        const value = known.get(key) ?? invent(key);
        known.set(key, value);
        return value;
      }),
    token: (n) => String((known.get(`$token ${n}`) as NodeMap).get('_data')),
  };

  /** A value that the recorded client made up itself. */
  function invent(key: string): Node {
    const [name, text] = key.split(' ');
    const n = Number(text);
    if (name === '$uuid') return new Binary(randomBytes(16), Binary.SUBTYPE_UUID);
    if (name === '$time') return timeAfter(known.get(`$time ${n - 1}`));
    const made = madeTokens.get(n);
    if (!made) throw new Error(`${key} is not known yet`);
    return new Map([['_data', made(bindings.token)]]);
  }
  return bindings;
}

const timeAfter = (time: Node | undefined): Timestamp =>
  time instanceof Timestamp
    ? new Timestamp(new Long(time.low + 1, time.high, true))
    : new Timestamp({ t: 1, i: 1 });
