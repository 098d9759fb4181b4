import type { SeededRandom } from '../seeded-random.js';
import type { Instance } from './instance.js';
import { startProxy, type TcpProxy } from './proxy.js';

/** The servers of one database, each behind a proxy; clients take any that is up. */
export interface Fleet {
  readonly instances: readonly Instance[];
  readonly proxies: readonly TcpProxy[];
  /** The GraphQL endpoint of one that is up; waits while none is. */
  url(random: SeededRandom): Promise<string>;
  /** Rejects with the first instance that fails. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

export async function startFleet(instances: readonly Instance[]): Promise<Fleet> {
  const proxies = await Promise.all(instances.map(({ port }) => startProxy(port)));
  const failed = Promise.race(instances.map((instance) => instance.failed));
  failed.catch(() => {});
  return {
    instances,
    proxies,
    failed,
    async url(random) {
      for (;;) {
        const up = proxies.filter((_proxy, index) => instances[index]?.running);
        if (up.length > 0) return `http://127.0.0.1:${random.pick(up).port}/graphql`;
        await Promise.race(instances.map((instance) => instance.up()));
      }
    },
    async stop() {
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await Promise.all(instances.map((instance) => instance.stop()));
    },
  };
}
