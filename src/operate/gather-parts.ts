import type {
  LeftSession,
  TransferAgent,
  TransferPart,
  TransferSession,
  TransferStore,
  UnreadMessages,
} from '../domain/sessions/transfer.js';
import { type MessageLine, messageOf } from './read-export.js';

/** A part, how long its lines are, and which is the first. */
export interface GatheredPart {
  part: TransferPart;
  bytes: number;
  line: number;
}

/** A session that the database cannot hold, and where it begins. */
export interface LeftAt extends LeftSession {
  line: number;
}

/**
 * Makes parts of the lines of sessions: each session one, or several where it is too large for that, or none where the store takes no
 * several: `onLeft` is told. `newPassword` for one that has none.
 */
export function gatherParts(
  { partBytes, splits }: Pick<TransferStore, 'partBytes' | 'splits'>,
  newPassword: () => string,
  onLeft: (left: LeftAt) => void,
) {
  let open: GatheredPart | null = null;
  /** Of its last agent. */
  let messages: MessageLine[] = [];

  function begin(part: TransferPart, line: number): GatheredPart | null {
    const before = open;
    open = { part, bytes: 0, line };
    return before;
  }
  function addAgent({ agents }: TransferPart, agent: TransferAgent): void {
    messages = [];
    agents.push({ agent, messages: unread(messages), ends: true });
  }
  /** The rest of its lines pass by. */
  function pass({ part: { session }, line }: GatheredPart): null {
    onLeft({ sessionId: session.sessionId, line, why: `its lines pass ${partBytes} bytes` });
    open = null;
    messages = [];
    return null;
  }
  function split({ session, agents }: TransferPart, line: number): GatheredPart | null {
    const rest: TransferPart = { session, continues: true, agents: [] };
    const last = agents.at(-1);
    if (last) {
      last.ends = false;
      addAgent(rest, last.agent);
    }
    return begin(rest, line);
  }

  return {
    /** The part that ends before the line, or with it; null where none does. */
    take(
      record: TransferSession | TransferAgent | MessageLine,
      line: number,
      bytes: number,
    ): GatheredPart | null {
      let ended: GatheredPart | null = null;
      if (record.kind === 'session') {
        record.viewerPassword ??= newPassword();
        ended = begin({ session: record, continues: false, agents: [] }, line);
      } else if (open) {
        if (record.kind === 'agent') addAgent(open.part, record);
        else messages.push(record);
        if (open.bytes > partBytes) ended = splits ? split(open.part, line) : pass(open);
      }
      if (open) open.bytes += bytes;
      return ended;
    },
    /** The last; null where none is open. */
    end(): GatheredPart | null {
      const last = open;
      open = null;
      return last;
    },
  };
}

const unread = (lines: readonly MessageLine[]): UnreadMessages => ({
  get count() {
    return lines.length;
  },
  read: () => lines.map(messageOf),
});
