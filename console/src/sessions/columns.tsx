import type { JSX } from 'preact';
import { compact, counted, duration, moment, whole } from '../format.js';
import type { SessionRowFragment } from '../generated/operations.js';
import { Icon } from '../ui/icon.js';
import { Ago } from '../ui/time.js';
import { lengthOf, metadataCell, shortModel } from './describe.js';

export interface Column {
  id: string;
  title: string;
  /** A share of the row's width, as CSS grids know it. */
  width: string;
  number?: true;
  cell(session: SessionRowFragment): JSX.Element | string | null;
}

const COLUMNS: readonly Column[] = [
  { id: 'agents', title: 'Agents', width: 'minmax(8rem, 1fr)', cell: (session) => <Agents {...session} /> },
  {
    id: 'activity',
    title: 'Last activity',
    width: '6.5rem',
    cell: ({ updatedAt }) => <Ago at={updatedAt} />,
  },
  { id: 'created', title: 'Started', width: '7rem', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  {
    id: 'length',
    title: 'Length',
    width: '6rem',
    number: true,
    cell: (session) => <Length {...session} />,
  },
  {
    id: 'messages',
    title: 'Messages',
    width: '5.5rem',
    number: true,
    cell: ({ messageCount }) => (
      <>
        {whole(messageCount)}
        <span class="unit"> {messageCount === 1 ? 'message' : 'messages'}</span>
      </>
    ),
  },
  { id: 'tokens', title: 'Tokens', width: '5rem', number: true, cell: (session) => <Tokens {...session} /> },
  { id: 'rating', title: 'Rating', width: '5.5rem', cell: (session) => <Ratings {...session} /> },
  {
    id: 'application',
    title: 'Application',
    width: 'minmax(6rem, 9rem)',
    cell: ({ applicationName }) => (applicationName === null ? null : <bdi>{applicationName}</bdi>),
  },
  { id: 'type', title: 'Type', width: '5.5rem', cell: ({ type }) => <bdi>{type}</bdi> },
];
const METADATA = 'metadata:';

export const COLUMN_CHOICES = COLUMNS.map(({ id, title }) => ({ id, title }));
export const metadataColumn = (path: string) => `${METADATA}${path}`;

/** The columns of an address; ids that there are not are left out. */
export const columnsOf = (ids: readonly string[]): Column[] =>
  ids.flatMap((id) => {
    const column = COLUMNS.find((one) => one.id === id);
    if (column) return [column];
    if (!id.startsWith(METADATA)) return [];
    const path = id.slice(METADATA.length);
    const cell = ({ metadata }: SessionRowFragment) => <bdi>{metadataCell(metadata, path)}</bdi>;
    return [{ id, title: path, width: 'minmax(5rem, 10rem)', cell }];
  });

function Agents({ agents }: Pick<SessionRowFragment, 'agents'>) {
  if (agents.length === 0) return <span class="faint">none</span>;
  const models = [...new Set(agents.flatMap(({ model }) => (model === null ? [] : [shortModel(model)])))];
  const ids = agents.map(({ agentId }) => agentId).join(', ');
  return (
    <span
      class="two-lines"
      title={agents.map(({ agentId, model }) => (model ? `${agentId}: ${model}` : agentId)).join('\n')}
    >
      <bdi>{ids}</bdi>
      {models.length > 0 && <bdi class="faint">{models.join(', ')}</bdi>}
    </span>
  );
}

function Length(session: SessionRowFragment) {
  const ms = lengthOf(session);
  // Messages that came in one request have no length.
  if (ms === null || ms < 1_000 || session.messageCount === 0) return <span class="faint">–</span>;
  const { createdAt, updatedAt } = session;
  return <span title={`${moment(createdAt ?? '')} to ${moment(updatedAt ?? '')}`}>{duration(ms)}</span>;
}

function Tokens({ usage: { totalTokens } }: Pick<SessionRowFragment, 'usage'>) {
  if (!totalTokens) return <span class="faint">–</span>;
  return <span title={counted(totalTokens, 'token')}>{compact(totalTokens)}</span>;
}

export function Ratings({ feedback }: { feedback?: readonly { rating: 'UP' | 'DOWN' | null }[] }) {
  const up = feedback?.filter(({ rating }) => rating === 'UP').length ?? 0;
  const down = feedback?.filter(({ rating }) => rating === 'DOWN').length ?? 0;
  const unrated = (feedback?.length ?? 0) - up - down;
  if (up + down + unrated === 0) return <span class="faint">–</span>;
  return (
    <span class="ratings">
      {up > 0 && (
        <span class="good" title={`rated good ${up === 1 ? 'once' : `${up} times`}`}>
          <Icon name="up" />
          <span class="hidden">good:</span> {up}
        </span>
      )}
      {down > 0 && (
        <span class="bad" title={`rated bad ${down === 1 ? 'once' : `${down} times`}`}>
          <Icon name="down" />
          <span class="hidden">bad:</span> {down}
        </span>
      )}
      {unrated > 0 && <span class="faint">{counted(unrated, 'comment')}</span>}
    </span>
  );
}
