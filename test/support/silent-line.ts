import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What stands between a client and a server, passes on what both say, and can fall silent without a word: no end, no reset. */
export interface SilentLine {
  url: string;
  /** Nothing further is passed on over the connections of now; what comes is taken. */
  fallSilent(): void;
  /** How many connections there were. */
  readonly opened: number;
}

/** `silent`: from which connection on; counted from 0. */
export async function silentLine(
  to: string,
  silent: (index: number) => boolean = () => false,
): Promise<SilentLine> {
  const target = Number(new URL(to).port);
  const open: { near: Socket; far: Socket }[] = [];
  let opened = 0;
  const proxy = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => {});
    if (silent(opened++)) {
      near.resume();
      return;
    }
    near.pipe(far).pipe(near);
    open.push({ near, far });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const all = new Set<Socket>();
  proxy.on('connection', (socket) => all.add(socket));
  onTestFinished(() => {
    for (const socket of all) socket.destroy();
    for (const { far } of open) far.destroy();
    proxy.close();
  });
  const { port } = proxy.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    fallSilent() {
      for (const { near, far } of open.splice(0)) {
        near.unpipe(far);
        far.unpipe(near);
        near.resume();
        far.resume();
      }
    },
    get opened() {
      return opened;
    },
  };
}
