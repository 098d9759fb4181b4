import type { Duplex } from 'node:stream';

/** What comes over a stream, before those who read it so far. */
export interface ReadBefore {
  /** Hands it on to them. */
  give(bytes: Buffer): void;
  /** It takes nothing more. */
  end(): void;
}

type Reader = (this: Duplex, bytes: Buffer) => void;

/** `take` stands in the place of who reads the stream: node, or ws, which would go through all that has come at once. */
export function readBefore(stream: Duplex, take: (bytes: Buffer) => void): ReadBefore {
  const readers = stream.listeners('data') as Reader[];
  stream.on('data', take);
  for (const one of readers) stream.off('data', one);
  return {
    give(bytes) {
      for (const one of readers) one.call(stream, bytes);
    },
    end() {
      stream.off('data', take);
    },
  };
}
