import { createStore } from '../store.js';
import { isNewerThere } from './newer.js';

/** Whether the server has another console than the one that runs here, as far as is known. */
export const newer = createStore(false);

/** Asks a server that was away: it may have been started again with another one. */
export async function lookForNewer(): Promise<void> {
  const found = await isNewerThere();
  if (found !== null) newer.set(found);
}
