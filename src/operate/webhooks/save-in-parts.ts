import type { Position } from '../../domain/sessions/session-store.js';
import type { WebhookProgress, WebhookStore } from '../../domain/webhook-store.js';

/** Events of one write: what a receiver that is down leaves behind within a second may be thousands. */
const AT_ONCE = 200;

/**
 * As `save`, in several writes where much has changed. The cursor stays at `before` until the last: what is held is there before it is
 * passed.
 */
export async function saveInParts(
  { save }: Pick<WebhookStore, 'save'>,
  { put, remove, ...progress }: WebhookProgress,
  before: Position,
): Promise<number | null> {
  const some = {
    ...progress,
    cursor: before,
    put: [],
    remove: [],
    erased: [],
    deliveredAt: null,
    disabled: null,
  };
  const puts = parts(put);
  const removes = parts(remove);
  for (const one of puts.slice(0, -1)) if ((await save({ ...some, put: one })) === null) return null;
  for (const one of removes.slice(0, -1)) if ((await save({ ...some, remove: one })) === null) return null;
  return save({ ...progress, put: puts.at(-1) ?? [], remove: removes.at(-1) ?? [] });
}

const parts = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, index) =>
    all.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
