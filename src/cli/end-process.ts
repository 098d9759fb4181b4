import { endThreads } from '../stores/native-threads.js';

const THREADS_LIMIT_MS = 500;

/**
 * Ends the process with this code. Where a thread waits inside the operating system, for a disk that does not answer, `process.exit`
 * would wait for that thread without end: the process is then killed, which shows as 137, and it says so.
 */
export async function endProcess(code: number): Promise<void> {
  if (await endThreads(THREADS_LIMIT_MS)) process.exit(code);
  process.stderr.write('parley: a thread waits inside the operating system; the process is killed\n');
  process.kill(process.pid, 'SIGKILL');
  // The first process of a container cannot kill itself.
  process.abort();
}
