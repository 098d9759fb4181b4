import { pino } from 'pino';
import { keyDeps, makeApiKey } from '../../src/auth/api-key.js';
import type { Reach, Scope } from '../../src/domain/access/policy.js';
import { openStore, type StoreOptions } from '../../src/stores/open-store.js';

/** The path of a SQLite file, or where a MongoDB is. */
export type Database = string | Pick<StoreOptions, 'mongodb'>;

/** An API key in a database that a server may be using, as the command line makes it. */
export async function makeKey(
  database: Database,
  scopes: readonly Scope[],
  reach: Reach = {},
  { expiresAt = null, name = 'test' }: { expiresAt?: Date | null; name?: string } = {},
): Promise<{ id: string; bearer: string; revoke(): Promise<void> }> {
  const open = () =>
    openStore({
      ...(typeof database === 'string'
        ? { sqlite: { path: database, synchronous: 'NORMAL' as const } }
        : database),
      metadataIndexes: null,
      log: pino({ level: 'silent' }),
    });
  const opened = await open();
  const { key, text } = makeApiKey({ name, scopes, reach, expiresAt }, await keyDeps(opened, new Date()));
  await opened.keys.create(key);
  await opened.close();
  return {
    id: key.id,
    bearer: `Bearer ${text}`,
    async revoke() {
      const again = await open();
      await again.keys.revoke(key.id, new Date());
      await again.close();
    },
  };
}

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what each test asks for.
  data?: any;
  errors?: { message: string; extensions: { code: string } & Record<string, unknown> }[];
}

/** One operation over HTTP with a credential, or none. */
export async function askAs(url: string, bearer: string | null, query: string, variables: object = {}) {
  const headers = {
    'content-type': 'application/json',
    ...(bearer === null ? {} : { authorization: bearer }),
  };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  return {
    status: response.status,
    headers: response.headers,
    ...((await response.json()) as Answer),
  };
}

/** The codes of an answer's errors. */
export const codes = ({ errors = [] }: { errors?: { extensions: { code: string } }[] }) =>
  errors.map(({ extensions }) => extensions.code);
