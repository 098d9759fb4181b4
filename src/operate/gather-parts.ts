import type {
  TransferAgent,
  TransferPart,
  TransferSession,
  TransferStore,
  UnreadMessages,
} from '../domain/sessions/transfer.js';
import { LineError } from './export-lines.js';
import { type MessageLine, messageOf } from './read-export.js';

/** A part, how long its lines are, and which is the first. */
export interface GatheredPart {
  part: TransferPart;
  bytes: number;
  line: number;
}

/** Makes parts of the lines of sessions: each session one, or several where it is too large for that. `newPassword` for one that has none. */
export function gatherParts(
  { partBytes, splits }: Pick<TransferStore, 'partBytes' | 'splits'>,
  newPassword: () => string,
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
  function split({ session, agents }: TransferPart, line: number): GatheredPart | null {
    if (!splits) throw tooLarge(line, session, partBytes);
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
        if (open.bytes > partBytes) ended = split(open.part, line);
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

const tooLarge = (line: number, { sessionId }: TransferSession, partBytes: number) =>
  new LineError(
    line,
    `session ${JSON.stringify(sessionId)} is too large for this database: its lines pass ${partBytes} bytes`,
  );
