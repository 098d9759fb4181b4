import { setTimeout as wait } from 'node:timers/promises';
import type { MongoStandIn } from '../mongo-stand-in/start.js';
import type { SeededRandom } from '../seeded-random.js';
import type { MovableClock } from './clock.js';
import type { Fleet } from './fleet.js';
import type { Fault } from './timeline.js';

/** `kill -9` of one server, and a new one, which may still be starting when the next thing goes wrong. */
export const killServer = (fleet: Fleet): Fault => ({
  name: 'kill -9',
  async act(random) {
    const instance = random.pick(fleet.instances);
    await instance.up();
    void instance.restart('SIGKILL').catch(() => {});
  },
});

/** An orderly stop of one server, and a new one. */
export const restartServer = (fleet: Fleet): Fault => ({
  name: 'SIGTERM',
  async act(random) {
    const instance = random.pick(fleet.instances);
    await instance.up();
    await instance.restart('SIGTERM');
  },
});

/** Every server in turn, while the others go on. */
export const rollingDeploy = (fleet: Fleet): Fault => ({
  name: 'rolling deploy',
  async act() {
    for (const instance of fleet.instances) {
      await instance.up();
      await instance.restart('SIGTERM');
    }
  },
});

/** Some connections between clients and servers break: at once, or in the middle of a frame. */
export const cutSockets = (fleet: Fleet): Fault => ({
  name: 'sockets cut',
  act(random) {
    const share = random.next();
    for (const proxy of fleet.proxies) {
      proxy.cut(
        () => random.next() < share,
        () => (random.next() < 0.5 ? 0 : random.between(1, 2_000)),
      );
    }
  },
});

export const stepDown = (standIn: MongoStandIn): Fault => ({
  name: 'primary stepped down',
  act: () => standIn.stepDown(),
});

export const killPrimary = (standIn: MongoStandIn): Fault => ({
  name: 'primary killed',
  async act(random) {
    // Of an election that is still under way.
    while (standIn.primary === undefined) await wait(10);
    const killed = await standIn.killPrimary();
    await wait(random.between(100, 600));
    await standIn.startMember(killed);
  },
});

/** Two of three members, for a while: nothing can be written, and nothing is told that a majority has not. */
export const loseMajority = (standIn: MongoStandIn): Fault => ({
  name: 'majority lost',
  async act(random) {
    const stays = random.between(0, 2);
    const gone = [0, 1, 2].filter((member) => member !== stays);
    for (const member of gone) await standIn.killMember(member);
    await wait(random.between(100, 1_000));
    for (const member of gone) await standIn.startMember(member);
  },
});

/** The connections of the servers to their database. */
export const dropConnections = (standIn: MongoStandIn): Fault => ({
  name: 'database connections dropped',
  act: () => standIn.dropConnections(),
});

/** Writes that are carried out and whose answers are lost, and answers of the feed that are lost. */
export const loseReplies = (standIn: MongoStandIn): Fault => ({
  name: 'database replies lost',
  act(random: SeededRandom) {
    const command = ['update', 'getMore', 'insert', 'aggregate'];
    standIn.fail({ command, closeConnection: true, afterApply: true }, random.between(1, 6));
  },
});

export const hang = (standIn: MongoStandIn): Fault => ({
  name: 'database hung',
  async act(random) {
    standIn.hang();
    await wait(random.between(100, 1_500));
    standIn.resume();
  },
});

/** While somebody is away, and nothing can be resumed from. */
export const loseOplog = (standIn: MongoStandIn): Fault => ({
  name: 'oplog lost',
  act: () => standIn.loseOplog(),
});

/** The clock of one server goes forward or back by up to two hours, or right again. */
export const moveClock = (clocks: readonly MovableClock[]): Fault => ({
  name: 'clock moved',
  act(random) {
    const hours = random.pick([-2, -1, 0, 1, 2]);
    random.pick(clocks).move(hours * 3_600_000 + random.between(-1_000, 1_000));
  },
});

/** The database's own clock, likewise. Its cluster time never goes back. */
export const moveDatabaseClock = (standIn: MongoStandIn): Fault => ({
  name: 'database clock moved',
  act(random) {
    const offset = random.pick([-2, -1, 0, 1, 2]) * 3_600_000;
    standIn.setClock(() => Date.now() + offset);
  },
});
