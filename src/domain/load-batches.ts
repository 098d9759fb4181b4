import DataLoader from 'dataloader';
import type { Later } from './async/later.js';
import { nextTurn } from './async/next-turn.js';
import { ParleyError } from './errors.js';
import { createSlots } from './fairness/slots.js';
import { type ReadBudget, unbounded } from './read-budget.js';

/** Commands of all kinds at the same time; */
const COMMANDS_AT_ONCE = 8;
/** what one of them may load for all who asked; */
const BATCH_BYTES = 1024 * 1024;
/** and what is larger by itself, one at a time. */
const LARGE_AT_ONCE = 1;

/** Loads of one kind. `how`: what is the same for all that a command loads. */
export interface Batches<K, H, V> {
  load(key: K, how: H): Promise<V>;
  /** Undefined where the command would load too much. */
  ifSmall(key: K, how: H): Promise<V | undefined>;
}

type Load<K, H, V> = (keys: readonly K[], how: H, budget: ReadBudget) => Later<V[]>;

/**
 * Joins the loads of one turn into commands, equal ones into one load. Where they are large together they are loaded in halves;
 * one that is large alone is handed on before the next is loaded.
 */
export function createLoadBatches() {
  const slots = createSlots(COMMANDS_AT_ONCE);
  const large = createSlots(LARGE_AT_ONCE);

  function of<K, H, V>(load: Load<K, H, V>, maxBatchSize: number): Batches<K, H, V> {
    const attempt = (keys: readonly K[], how: H): Promise<V[] | null> =>
      slots(() => ifSmall((budget) => load(keys, how, budget)));

    const alone = (key: K, how: H): Promise<V> =>
      new Promise((resolve, reject) => {
        void large(async () => {
          try {
            const [found] = await load([key], how, unbounded);
            resolve(found as V);
          } catch (error) {
            reject(error);
          }
          // Who waited for it makes an event of it first.
          await nextTurn();
        });
      });

    function settled(keys: readonly K[], how: H): Promise<V>[] {
      const whole = attempt(keys, how);
      let parts: Promise<V>[] | null = null;
      const inParts = () => {
        const half = Math.ceil(keys.length / 2);
        parts ??=
          keys.length === 1
            ? [alone(keys[0] as K, how)]
            : [...settled(keys.slice(0, half), how), ...settled(keys.slice(half), how)];
        return parts;
      };
      return keys.map(async (_, index) => {
        const found = await whole;
        return found ? (found[index] as V) : (inParts()[index] as Promise<V>);
      });
    }

    /** One loader for each `how`: they are few. */
    const loaders = (settle: (keys: readonly K[], how: H) => Promise<unknown[]>) => {
      const known = new Map<string, DataLoader<K, unknown, string>>();
      return (key: K, how: H): Promise<unknown> => {
        const name = JSON.stringify(how) ?? '';
        const loader = known.get(name) ?? newLoader((keys) => settle(keys, how));
        known.set(name, loader);
        return loader.load(key);
      };
    };
    const newLoader = (settle: (keys: readonly K[]) => Promise<unknown[]>) => {
      const loader: DataLoader<K, unknown, string> = new DataLoader(
        (keys: readonly K[]) => {
          // Whoever asks from now on gets a read that is made from now on.
          loader.clearAll();
          return settle(keys);
        },
        { cacheKeyFn: (key) => JSON.stringify(key), maxBatchSize },
      );
      return loader;
    };

    // A loader waits for the list alone: each of its loads then waits for its own.
    const inTurn = loaders(async (keys, how) => settled(keys, how));
    const small = loaders(async (keys, how) => (await attempt(keys, how)) ?? keys.map(() => undefined));
    return { load: inTurn as Batches<K, H, V>['load'], ifSmall: small as Batches<K, H, V>['ifSmall'] };
  }

  return { of };
}

/** What a command loads, or null where it would be more than a command may load for all who asked. */
export async function ifSmall<T>(load: (budget: ReadBudget) => Later<T>, caller?: string): Promise<T | null> {
  try {
    return await load({ caller, ...atMost(BATCH_BYTES) });
  } catch (error) {
    if (error instanceof TooLarge) return null;
    throw error;
  }
}

/** Never leaves this module; stores pass on what is a ParleyError as it is. */
class TooLarge extends ParleyError {}

function atMost(bytes: number): ReadBudget {
  let left = bytes;
  const take = (asked: number): boolean => {
    left -= asked;
    if (left < 0) throw new TooLarge('QUERY_TOO_COMPLEX', 'This is too much for one command.');
    return true;
  };
  return { takeNow: take, take: async (asked) => void take(asked) };
}
