import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./normal-client.mjs', import.meta.url));

/** What a client that behaves has met. Times in milliseconds. */
export interface Experience {
  failures: string[];
  p50: number;
  p99: number;
  max: number;
}

/** A client in a process of its own, so that an attack from this one does not slow it. */
export function startNormalClient(url: string) {
  const child = fork(SCRIPT, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    async ask(requests: number): Promise<Experience> {
      const answer = once(child, 'message');
      child.send({ url, requests });
      return (await answer)[0] as Experience;
    },
    stop: () => void child.kill(),
  };
}
