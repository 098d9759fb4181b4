import { type Doc, isDoc, type Maybe } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { CommandContext } from './context.js';

/**
 * On a sharded cluster every collection is sharded by `_id`: what changes one document has to name its id, as those before 7.0 ask for.
 */
export function checkNamesShard(what: string, filter: Doc, { state }: CommandContext): void {
  if (!state.settings.sharded || namesId(filter)) return;
  throw new ServerError(61, `Query for sharded ${what} must contain the shard key`);
}

const namesId = (filter: Doc): boolean => isOneValue(filter.get('_id')) || partsOf(filter).some(namesId);

function partsOf(filter: Doc): Doc[] {
  const parts = filter.get('$and');
  return Array.isArray(parts) ? parts.filter(isDoc) : [];
}

const isOneValue = (id: Maybe): boolean =>
  id !== undefined && (!isDoc(id) || id.has('$eq') || ![...id.keys()].some((key) => key.startsWith('$')));
