import { parentPort, workerData } from 'node:worker_threads';
import { openCheckpointer } from '../file/connection.js';
import { lostFile } from '../file/file-identity.js';
import type { CheckpointerData } from './thread-protocol.js';

const port = parentPort as NonNullable<typeof parentPort>;

serve(workerData as CheckpointerData);

/** Copies what is in the write-ahead log into the file, as far as readers let it, each time it is asked; answers with what it failed with, or null. */
function serve({ path, synchronous, files }: CheckpointerData): void {
  const lost = lostFile(files);
  if (lost) throw lost;
  const db = openCheckpointer(path, synchronous);
  port.on('message', (asked: 'copy' | 'close') => {
    if (asked === 'close') {
      db.close();
      port.close();
      return;
    }
    let failure: unknown = null;
    try {
      db.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      failure = error;
    }
    port.postMessage(failure);
  });
}
