import { readFile } from 'node:fs/promises';
import { ParleyError } from '../../domain/errors.js';

interface Payload {
  query?: unknown;
  documentId?: unknown;
  extensions?: unknown;
}

/** The payload with its operation's text; FORBIDDEN where the operation is not one of the known ones. */
export type Trust = <P extends Payload>(payload: P) => P & { query: string };

/**
 * Only the operations of a manifest run: `{"operations": [{"id", "body"}]}`, as Apollo's tools write it for persisted queries. A
 * client sends a body word for word, or its id as `documentId` or as `extensions.persistedQuery.sha256Hash`. Throws an Error
 * in words for whoever starts the server where the file is not one.
 */
export async function loadTrustedDocuments(path: string): Promise<Trust> {
  const manifest: unknown = JSON.parse(await readFile(path, 'utf8'));
  const operations = (manifest as { operations?: unknown } | null)?.operations;
  if (!Array.isArray(operations)) throw new Error('it has no list of operations');
  const byId = new Map<string, string>();
  for (const operation of operations as ({ id?: unknown; body?: unknown } | null)[]) {
    const { id, body } = operation ?? {};
    if (typeof id !== 'string' || typeof body !== 'string')
      throw new Error('each operation needs an id and a body');
    byId.set(id, body);
  }
  const bodies = new Set(byId.values());

  return (payload) => {
    const { query, documentId, extensions } = payload;
    const hash = (extensions as { persistedQuery?: { sha256Hash?: unknown } } | null | undefined)
      ?.persistedQuery?.sha256Hash;
    const known = byId.get(String(documentId ?? hash));
    const text = known ?? (typeof query === 'string' && bodies.has(query) ? query : undefined);
    if (text === undefined || (known !== undefined && typeof query === 'string' && query !== known)) {
      throw new ParleyError(
        'FORBIDDEN',
        'Only the operations that this server was given run here; send one of them, or its id.',
      );
    }
    const { documentId: _id, extensions: _extensions, ...rest } = payload;
    return { ...rest, query: text } as typeof payload & { query: string };
  };
}
