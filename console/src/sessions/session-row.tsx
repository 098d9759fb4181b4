import { useMemo } from 'preact/hooks';
import { counted } from '../format.js';
import type { SessionRowFragment } from '../generated/operations.js';
import { useFlash } from '../ui/time.js';
import { sessionAddress } from './address.js';
import type { Column } from './columns.js';
import { titleOf } from './describe.js';

interface SessionRowProps {
  session: SessionRowFragment;
  columns: readonly Column[];
  selected: boolean;
  select(sessionId: string): void;
}

export function SessionRow({ session, columns, selected, select }: SessionRowProps) {
  const { messageCount, updatedAt, feedback } = session;
  const flashing = useFlash(`${messageCount}:${updatedAt}:${feedback?.length}`);
  // The list is drawn with every turn of the wheel; a row that shows the same is left as it is.
  const cells = useMemo(() => cellsOf(session, columns, select), [session, columns, select]);
  return (
    <div class="row" data-selected={selected} data-flash={flashing}>
      {cells}
    </div>
  );
}

function cellsOf(session: SessionRowFragment, columns: readonly Column[], select: SessionRowProps['select']) {
  const { sessionId, messageCount } = session;
  const title = titleOf(session);
  return (
    <>
      <div class="cell subject">
        <a
          class="row-link"
          href={sessionAddress(sessionId)}
          data-session={sessionId}
          onFocus={() => select(sessionId)}
        >
          {title === null ? (
            <span class="faint">
              {messageCount === 0 ? 'No messages yet' : counted(messageCount, 'message')}
            </span>
          ) : (
            <bdi>{title}</bdi>
          )}
        </a>
        <bdi class="faint id">{sessionId}</bdi>
      </div>
      {columns.map(({ id, title: name, number, cell }) => (
        <div key={id} class={number ? 'cell number' : 'cell'} data-column={id}>
          <span class="cell-name">{name}</span> {cell(session)}
        </div>
      ))}
    </>
  );
}
