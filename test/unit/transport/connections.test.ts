import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ANYONE } from '../../../src/auth/authenticate.js';
import { madeBy } from '../../../src/domain/fairness/shares.js';
import { createConnections } from '../../../src/transport/bounds/connections.js';

function stage(most: number) {
  const server = new EventEmitter();
  const told: string[] = [];
  const connections = createConnections(most, (code, caller, from) =>
    told.push(`${code} ${caller?.name ?? from}`),
  );
  connections.watch(server as Server);
  let ports = 0;
  const cut: string[] = [];
  return {
    connections,
    cut,
    /** Of what was cut, why and whose it was. */
    told,
    /** `through`: what gives it to the server anew. */
    connect(name: string, remoteAddress = '10.0.0.1', through?: Socket) {
      const socket = Object.assign(new EventEmitter(), {
        remoteAddress,
        remotePort: through?.remotePort ?? ++ports,
        destroy() {
          cut.push(name);
          socket.emit('close');
        },
      }) as unknown as Socket;
      server.emit('connection', through ?? socket);
      return socket;
    },
    many(count: number, address?: string) {
      return Array.from({ length: count }, (_, n) => this.connect(`${address} ${n}`, address));
    },
  };
}

describe('the connections of a server', () => {
  it('are of one address half of all, and of the next what is left, half of it', () => {
    const one = stage(100);
    one.many(200, 'a');
    expect(one.connections.size).toBe(50);
    one.many(200, 'b');
    expect(one.connections.size).toBe(75);
    one.connect('honest', 'c');
    expect(one.cut).not.toContain('honest');
  });

  it('are cut where an address opens more: the one on which nothing has happened for the longest', () => {
    const { connections, connect, cut } = stage(6);
    const [one] = ['one', 'two', 'three'].map((name) => connect(name));
    connections.busy(one as Socket)();
    connect('four');
    expect(cut).toEqual(['two']);
  });

  it('are not cut while a request is answered, and then no further one is taken', () => {
    const { connections, connect, cut } = stage(6);
    const release = ['one', 'two', 'three'].map((name) => connections.busy(connect(name)));
    connect('four');
    expect(cut).toEqual(['four']);
    release[1]?.();
    connect('five');
    expect(cut).toEqual(['four', 'two']);
  });

  it('count as the caller that they have shown, with the session tokens that it has made', () => {
    const { connections, connect, cut, told } = stage(6);
    const caller = { ...ANYONE, name: 'k' };
    const known = (name: string, share: string) => connections.known(connect(name), share, caller);
    known('one', 'key k');
    known('two', madeBy('t', 'key k'));
    known('three', 'key k');
    // Its address has them no longer.
    connect('stranger');
    expect(cut).toEqual([]);
    known('four', 'key k');
    expect(cut).toEqual(['one']);
    expect(told).toEqual(['RATE_LIMITED k']);
  });

  it('are refused a caller all of whose are busy', () => {
    const { connections, connect } = stage(6);
    const sockets = ['one', 'two', 'three'].map((name) => connect(name, name));
    for (const socket of sockets) {
      connections.busy(socket);
      connections.known(socket, 'key k');
    }
    const more = connect('more', 'more');
    connections.busy(more);
    expect(() => connections.known(more, 'key k')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
    expect(() => connections.known(more, 'key l')).not.toThrow();
  });

  it('are closed where no request is under way', () => {
    const { connections, connect, cut } = stage(6);
    connections.busy(connect('busy'));
    connections.busy(connect('idle'))();
    connect('silent');
    connections.closeIdle();
    expect(cut.sort()).toEqual(['idle', 'silent']);
    expect(connections.size).toBe(1);
  });

  it('are counted no longer when they close, or are counted elsewhere, and once where they come anew', () => {
    const { connections, connect } = stage(100);
    const [one, two] = ['one', 'two'].map((name) => connect(name)) as [Socket, Socket];
    connect('again', undefined, two);
    expect(connections.size).toBe(2);
    connections.leave(one, 'key k');
    // It is known whose it is.
    expect(connections.ownerOf(one).share).toBe('key k');
    one.emit('close');
    expect(connections.size).toBe(1);
    two.emit('close');
    expect(connections.size).toBe(0);
  });
});
