import type { SessionFilter, SessionOrder } from '../generated/operations.js';

/** The whole state of the list, as it stands in the address: who opens that sees the same. */
export interface ListAddress {
  /** In the API's own shape. */
  filter: SessionFilter;
  order: SessionOrder;
  /** Ids of columns; `metadata:user.id` is a metadata path. */
  columns: readonly string[];
  /** Where the list was when it was opened: after the session with this cursor. */
  at: string | null;
}

const DEFAULT_COLUMNS: readonly string[] = ['agents', 'activity', 'length', 'messages', 'tokens', 'rating'];
const NEWEST_ACTIVITY: SessionOrder = { field: 'UPDATED_AT', direction: 'DESC' };
const ORDERS: Readonly<Record<string, SessionOrder>> = {
  activity: NEWEST_ACTIVITY,
  'activity-oldest': { field: 'UPDATED_AT', direction: 'ASC' },
  created: { field: 'CREATED_AT', direction: 'DESC' },
  'created-oldest': { field: 'CREATED_AT', direction: 'ASC' },
};
export const ORDER_NAMES: Readonly<Record<string, string>> = {
  activity: 'Latest activity',
  'activity-oldest': 'Oldest activity',
  created: 'Newest',
  'created-oldest': 'Oldest',
};

export const nameOfOrder = (order: SessionOrder) =>
  Object.keys(ORDERS).find(
    (name) => ORDERS[name]?.field === order.field && ORDERS[name]?.direction === order.direction,
  ) ?? 'activity';
export const orderOfName = (name: string) => ORDERS[name] ?? NEWEST_ACTIVITY;

export function readAddress(query: Readonly<Record<string, string>>): ListAddress {
  return {
    filter: readFilter(query.filter),
    order: orderOfName(query.order ?? ''),
    columns:
      query.columns === undefined ? DEFAULT_COLUMNS : query.columns.split(',').filter((one) => one !== ''),
    at: query.at || null,
  };
}

export function writeAddress({ filter, order, columns, at }: ListAddress): string {
  const query = new URLSearchParams();
  if (Object.keys(filter).length > 0) query.set('filter', JSON.stringify(filter));
  if (nameOfOrder(order) !== 'activity') query.set('order', nameOfOrder(order));
  if (columns.join() !== DEFAULT_COLUMNS.join()) query.set('columns', columns.join());
  if (at !== null) query.set('at', at);
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}

/** A filter that was cut or mistyped asks nothing: the server says what is wrong with one that is only odd. */
function readFilter(text: string | undefined): SessionFilter {
  try {
    const value: unknown = JSON.parse(text || '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

export const sessionAddress = (sessionId: string) => `/session?${new URLSearchParams({ id: sessionId })}`;
