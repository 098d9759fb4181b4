import { ObjectId } from '../bson/values.js';
import type { State } from '../state/state.js';
import type { Member } from './member.js';

/** Who is primary. A set whose majority is gone has none. */
export interface Topology {
  readonly members: Member[];
  readonly primary: Member | undefined;
  readonly electionId: ObjectId;
  readonly hasMajority: boolean;
  /** How many members have what the primary is writing. */
  readonly reached: number;
  /** From now on the others hear nothing of the primary, until another one is elected. */
  isolatePrimary(): void;
  /** Another member becomes primary at once. */
  stepDown(): void;
  /** To be called after a member has died or come back: a dead primary is gone at once, an election takes a while. */
  changed(): void;
  onChange(listener: () => void): () => void;
  close(): void;
}

export function createTopology(members: Member[], state: State): Topology {
  let primary: Member | undefined = state.settings.neverInitiated ? undefined : members[0];
  let electionId = new ObjectId();
  let election: NodeJS.Timeout | undefined;
  const listeners = new Set<() => void>();
  /** While writes are held back: who alone has them, and how to take them back. */
  let alone: { holder: Member | undefined; takeBack: (() => void)[] } | undefined;
  let isolated = false;
  const alive = () => members.filter((member) => member.alive);
  const hasMajority = () => alive().length * 2 > members.length;

  const announce = () => {
    for (const member of members) member.topologyVersion += 1;
    for (const listener of [...listeners]) listener();
  };
  const hold = (held: boolean) => {
    if (held) alone ??= { holder: primary, takeBack: [state.catalog.remember(), state.sessions.remember()] };
    else alone = undefined;
    state.oplog.hold(held);
  };
  const elect = (candidate: Member | undefined) => {
    // Who has the newest entries is elected before all others; where that one is away they are gone with it.
    if (candidate && alone?.holder !== candidate && state.oplog.held) {
      for (const back of alone?.takeBack ?? []) back();
      state.oplog.rollBack();
    }
    if (candidate) {
      isolated = false;
      hold(!hasMajority());
    }
    primary = candidate;
    if (candidate) {
      electionId = new ObjectId();
      // A new primary begins with an entry of its own.
      state.oplog.append({ database: '', collection: '', uuid: undefined, operation: { kind: 'noop' } });
    }
    announce();
  };

  const next = () => alive().find((member) => member === alone?.holder) ?? alive()[0];

  return {
    members,
    get primary() {
      return primary;
    },
    get electionId() {
      return electionId;
    },
    get hasMajority() {
      return hasMajority();
    },
    get reached() {
      return isolated ? 1 : alive().length;
    },
    isolatePrimary() {
      isolated = true;
      hold(true);
    },
    stepDown() {
      elect(alive().find((member) => member !== primary) ?? primary);
    },
    changed() {
      // What a majority has that has no primary yet is known once it has elected one.
      if (!hasMajority()) hold(true);
      else if (primary?.alive && !isolated) hold(false);
      clearTimeout(election);
      if (primary && !primary.alive) {
        primary = undefined;
        announce();
      }
      if (primary && hasMajority()) return;
      // Without a majority the primary notices only after a while that it is none any more.
      election = setTimeout(() => elect(hasMajority() ? next() : undefined), state.settings.electionMs);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => clearTimeout(election),
  };
}
