import { ApiError, ask } from '../api/ask.js';
import {
  CountSessionsDocument,
  type SessionFilter,
  SessionsDocument,
  type SessionsQuery,
  type SessionsQueryVariables,
} from '../generated/operations.js';
import type { Extent, Row } from './arrange.js';

const PAGE = 100;
const SMALLER_PAGE = 20;

interface RowPage extends Extent {
  rows: Row[];
}

type Asked = Omit<SessionsQueryVariables, 'whole' | 'first' | 'last'>;

/** One page. Where it is more than one answer may hold, a smaller one, and then one without texts. */
export async function loadRows(asked: Asked, backward: boolean): Promise<RowPage> {
  const tries = [
    { size: PAGE, whole: true },
    { size: SMALLER_PAGE, whole: true },
    { size: SMALLER_PAGE, whole: false },
  ];
  for (const [index, { size, whole }] of tries.entries()) {
    try {
      const page = backward ? { last: size } : { first: size };
      return pageOf(await ask(SessionsDocument, { ...asked, ...page, whole }));
    } catch (error) {
      const tooLarge = error instanceof ApiError && error.code === 'QUERY_TOO_COMPLEX';
      if (!tooLarge || index === tries.length - 1) throw error;
    }
  }
  throw new Error('unreachable');
}

export const countRows = async (filter: SessionFilter) =>
  (await ask(CountSessionsDocument, { filter })).sessions.totalCount;

const pageOf = ({ sessions: { edges, pageInfo } }: SessionsQuery): RowPage => ({
  rows: edges.map(({ node, cursor }) => ({ session: node, cursor })),
  hasNext: pageInfo.hasNextPage,
  hasPrevious: pageInfo.hasPreviousPage,
});
