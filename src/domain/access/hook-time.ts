import { isPromise } from '../async/later.js';
import { ParleyError } from '../errors.js';
import type { Hooks } from './hook-types.js';

// biome-ignore lint/suspicious/noExplicitAny: a hook of either kind, which is told nothing but what it is called with.
type Hook = (next: (changed?: any) => any, action: any, context: any) => unknown;

/**
 * Hooks of which each has so many ms to answer, without the time that what it waits for inside of it takes. TIMEOUT: whoever waited for one that never answers held
 * what others wait for. One that comes too late finds its `next` closed, so that nothing is written of what was refused.
 */
export const timedHooks = ({ metadata, feedback }: Hooks, ms: number): Hooks => ({
  metadata: metadata.map((hook) => timed(hook, ms)),
  feedback: feedback.map((hook) => timed(hook, ms)),
});

function timed<H extends Hook>(hook: H, ms: number): H {
  const call: Hook = (next, action, context) => {
    let refuse: (() => void) | null = null;
    let timer: NodeJS.Timeout | undefined;
    /** What it waits for inside of it. */
    let inner = 0;
    let isOver = false;
    const wait = () => {
      clearTimeout(timer);
      if (!isOver && inner === 0 && refuse) timer = setTimeout(refuse, ms);
    };
    const end = () => {
      isOver = true;
      clearTimeout(timer);
    };
    let isLate = false;
    const goOn = (changed?: unknown): unknown => {
      if (isLate) throw tooLate(ms);
      const made = next(changed);
      if (!isPromise(made)) return made;
      inner++;
      wait();
      const done = Promise.resolve(made).finally((): void => {
        inner--;
        wait();
      });
      // A hook that does not wait for it is told nothing: whoever called the hook is.
      done.catch(() => {});
      return done;
    };
    const given = hook(goOn, action, context);
    if (!isPromise(given)) return given;
    return new Promise((resolve, reject) => {
      refuse = () => {
        isLate = true;
        end();
        reject(tooLate(ms));
      };
      wait();
      Promise.resolve(given).finally(end).then(resolve, reject);
    });
  };
  return call as H;
}

const tooLate = (ms: number) =>
  new ParleyError('TIMEOUT', `A hook of this server has not answered within ${ms / 1_000} s. Try again.`);
