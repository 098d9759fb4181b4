import { keyDeps, makeApiKey, type NewKey } from '../auth/api-key.js';
import type { Config } from '../config.js';
import type { StoredKey } from '../domain/access/key-store.js';
import { noDatabase, openQuietly, sqliteFile } from './open-database.js';
import { tableOf } from './table.js';

export type KeysCommand =
  | { action: 'create'; key: NewKey }
  | { action: 'list'; json: boolean }
  | { action: 'revoke'; id: string };

/** What goes to standard output, and what was not possible. `say` is told which database it is. */
export async function runKeys(
  command: KeysCommand,
  config: Config,
  { now, say }: { now: Date; say(line: string): void },
): Promise<{ output: string } | { failure: string }> {
  const file = sqliteFile(config);
  const missing = noDatabase(file);
  if (missing && command.action !== 'create') return missing;
  const opened = await openQuietly(config);
  say(`keys of ${file ?? opened.describe}${missing ? ', a new database: there was none' : ''}`);
  try {
    switch (command.action) {
      case 'create': {
        const { key, text } = makeApiKey(command.key, await keyDeps(opened, now));
        await opened.keys.create(key);
        // Alone: it is shown this once, and a script takes it as it is.
        return { output: `${text}\n` };
      }
      case 'list': {
        const keys = await opened.keys.list();
        return { output: command.json ? jsonLines(keys) : table(keys, now) };
      }
      case 'revoke':
        return (await opened.keys.revoke(command.id, now))
          ? { output: '' }
          : { failure: `there is no key ${JSON.stringify(command.id)}; parley keys list shows them` };
    }
  } finally {
    await opened.close();
  }
}

const jsonLines = (keys: readonly StoredKey[]) =>
  keys.map(({ hash: _hash, pepper: _pepper, ...key }) => `${JSON.stringify(key)}\n`).join('');

function table(keys: readonly StoredKey[], now: Date): string {
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.scopes.join(','),
    limitsOf(key),
    stateOf(key, now),
    key.lastUsedAt?.toISOString() ?? 'never',
  ]);
  return tableOf([['ID', 'NAME', 'SCOPES', 'LIMITED TO', 'STATE', 'LAST USED'], ...rows]);
}

function limitsOf({ reach }: StoredKey): string {
  const { applicationName, sessionIdPrefix, metadata = {} } = reach;
  const limits = [
    ...(applicationName === undefined ? [] : [`application ${applicationName}`]),
    ...(sessionIdPrefix === undefined ? [] : [`sessions ${sessionIdPrefix}*`]),
    ...Object.entries(metadata).map(
      ([path, value]) => `${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
  ];
  return limits.join(', ') || '-';
}

function stateOf({ revokedAt, expiresAt }: StoredKey, now: Date): string {
  if (revokedAt) return 'revoked';
  if (expiresAt === null) return 'good';
  return expiresAt > now ? `until ${expiresAt.toISOString()}` : 'expired';
}
