import { ObjectId } from '../bson/values.js';
import type { State } from '../state/state.js';
import type { Member } from './member.js';

/** Who is primary. A set whose majority is gone has none. */
export interface Topology {
  readonly members: Member[];
  readonly primary: Member | undefined;
  readonly electionId: ObjectId;
  readonly hasMajority: boolean;
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
  const alive = () => members.filter((member) => member.alive);
  const hasMajority = () => alive().length * 2 > members.length;

  const announce = () => {
    for (const member of members) member.topologyVersion += 1;
    for (const listener of [...listeners]) listener();
  };
  const elect = (candidate: Member | undefined) => {
    primary = candidate;
    if (candidate) {
      electionId = new ObjectId();
      // A new primary begins with an entry of its own.
      state.oplog.append({ database: '', collection: '', uuid: undefined, operation: { kind: 'noop' } });
    }
    announce();
  };

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
    stepDown() {
      elect(alive().find((member) => member !== primary) ?? primary);
    },
    changed() {
      state.oplog.hold(!hasMajority());
      clearTimeout(election);
      if (primary && !primary.alive) {
        primary = undefined;
        announce();
      }
      if (primary && hasMajority()) return;
      // Without a majority the primary notices only after a while that it is none any more.
      election = setTimeout(() => elect(hasMajority() ? alive()[0] : undefined), state.settings.electionMs);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => clearTimeout(election),
  };
}
