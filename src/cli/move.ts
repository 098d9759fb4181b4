import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { keyPepper } from '../auth/api-key.js';
import type { Config } from '../config.js';
import type { Reach } from '../domain/access/policy.js';
import { ParleyError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json/json-value.js';
import { checkFilter } from '../domain/sessions/check-filter.js';
import type { SessionFilter } from '../domain/sessions/session-store.js';
import type { BesideStores } from '../operate/beside.js';
import { compareFile } from '../operate/compare.js';
import { exportFile } from '../operate/export.js';
import { type BesideCounts, type ExportHeader, LineError, readLines } from '../operate/export-lines.js';
import { importFile } from '../operate/import.js';
import { headerOf } from '../operate/read-export.js';
import type { OpenedStore } from '../stores/open-store.js';
import type { BackupDeps } from './backup.js';
import { noDatabase, openQuietly, sqliteFile } from './open-database.js';
import { bytes, createProgress, duration } from './progress.js';

type Result = { failure: string } | null;

/** Null once the file is whole, else why it is not. */
export async function runExport(
  asked: { file: string; resume: boolean; secrets: boolean; reach: Reach },
  config: Config,
  { progress, signal, say }: BackupDeps,
): Promise<Result> {
  const missing = noDatabase(sqliteFile(config));
  if (missing) return missing;
  const filter = filterOf(asked.reach);
  checkFilter(filter);
  let unit: 'messages' | 'sessions' = 'messages';
  const line = createProgress(progress, (count) => `${count} ${unit}`);
  return withStore(config, signal, line.end, async (opened) => {
    const startedAt = progress.now();
    const messages = await messagesIn(opened, filter);
    if (messages === null) unit = 'sessions';
    const total = messages ?? (await sessionsIn(opened, filter));
    const counts = await exportFile({
      path: asked.file,
      header: {
        parley: 'export',
        version: 2,
        from: opened.engine,
        secrets: asked.secrets,
        filter: Object.keys(asked.reach).length === 0 ? null : (asked.reach as JsonValue),
      },
      filter,
      sessions: opened.sessions,
      from: await besideOf(opened),
      resume: asked.resume,
      signal,
      progress: (counts) => line.show(counts[unit], total),
    });
    line.end();
    say(
      `${asked.file}: ${counts.sessions} sessions with ${counts.messages} messages${andBeside(counts)} of ${opened.describe}, in ${duration(progress.now() - startedAt)}`,
    );
    return null;
  });
}

/** Null once all is there, or nothing differs; else what is wrong. */
export async function runImport(
  { file, check }: { file: string; check: boolean },
  config: Config,
  { progress, signal, say }: BackupDeps,
): Promise<Result> {
  const found = await stat(file).catch(() => null);
  if (!found) return { failure: `there is no file ${file}` };
  if (!found.isFile()) {
    return {
      failure: `${file} is no file that can be read again. Write what it gives into a file, and import that: an import that is stopped goes on there`,
    };
  }
  const line = createProgress(progress, bytes);
  const startedAt = progress.now();
  const shared = { path: file, signal, progress: (read: number) => line.show(read, found.size) };
  return withStore(config, signal, line.end, async (opened) => {
    const into = await besideOf(opened);
    if (check) {
      const header = await headerIn(file);
      const filter = filterOf((header.filter ?? {}) as Reach);
      const difference = await compareFile({
        ...shared,
        with: { ...into, snapshots: opened.snapshots },
        count: () => opened.sessions.countSessions(filter),
      });
      line.end();
      if (difference !== null) return { failure: difference };
      say(`${opened.describe} holds what ${file} holds, and no session more`);
      return null;
    }
    const newPassword = () => randomBytes(24).toString('base64url');
    const counts = await importFile({ ...shared, into, newPassword, now: () => new Date() });
    line.end();
    const ms = progress.now() - startedAt;
    const there = counts.there === 0 ? '' : `; ${counts.there} sessions were there already`;
    say(
      `${opened.describe}: ${counts.sessions} sessions and ${counts.messages} messages${andBeside(counts)} of ${file} were added, in ${duration(ms)}${there}`,
    );
    return counts.left.length === 0 ? null : { failure: leftOf(counts.left) };
  });
}

const besideOf = async ({ transfer, keys, secrets }: OpenedStore): Promise<BesideStores> => ({
  transfer,
  keys,
  pepper: await keyPepper(secrets),
});

/** Nothing where there is nothing. */
function andBeside({ snapshots, audit, keys }: BesideCounts): string {
  const parts = [
    ...(snapshots === 0 ? [] : [`${snapshots} snapshots`]),
    ...(audit === 0 ? [] : [`${audit} entries of the audit`]),
    ...(keys === 0 ? [] : [`${keys} keys`]),
  ];
  return parts.map((part) => `, ${part}`).join('');
}

async function withStore(
  config: Config,
  signal: AbortSignal,
  end: () => void,
  work: (opened: OpenedStore) => Promise<Result>,
): Promise<Result> {
  const opened = await openQuietly(config);
  try {
    return await work(opened);
  } catch (error) {
    if (signal.aborted) return { failure: 'stopped; run it again to go on (an export with --resume)' };
    if (error instanceof LineError) return { failure: error.message };
    const { code, path } = (error ?? {}) as { code?: string; path?: string };
    if (code === 'EEXIST')
      return { failure: `${path} is there already. Name another file, or go on with --resume` };
    if (code?.startsWith('E') && path !== undefined) return { failure: `${path} cannot be used (${code})` };
    throw error;
  } finally {
    end();
    await opened.close();
  }
}

/** Not `filterOfReach`: what shows as `1e20` is moved where it is asked for, though it opens nothing to a key. */
const filterOf = ({ applicationName, sessionIdPrefix, metadata }: Reach): SessionFilter => ({
  ...(applicationName === undefined ? {} : { applicationName }),
  ...(sessionIdPrefix === undefined ? {} : { sessionIdPrefix }),
  ...(metadata === undefined
    ? {}
    : { metadata: Object.entries(metadata).map(([path, equals]) => ({ path, equals })) }),
});

/** The first of them with its reason. */
function leftOf([first, ...others]: readonly { sessionId: string; line: number; why: string }[]): string {
  const more =
    others.length === 0
      ? ''
      : `, nor ${others.length} more: ${others
          .slice(0, 20)
          .map(({ sessionId }) => JSON.stringify(sessionId))
          .join(', ')}`;
  return `this database cannot hold session ${JSON.stringify(first?.sessionId)} (line ${first?.line}): ${first?.why}${more}. All others were imported`;
}

async function headerIn(file: string): Promise<ExportHeader> {
  for await (const [first] of readLines(file)) {
    try {
      return headerOf(JSON.parse(first?.text ?? ''));
    } catch (error) {
      throw error instanceof LineError ? error : new LineError(1, 'it is no export of Parley');
    }
  }
  throw new LineError(1, 'the file is empty');
}

/** For the remaining time; null where counting them takes as long as reading. */
async function messagesIn({ transfer }: OpenedStore, filter: SessionFilter): Promise<number | null> {
  return Object.keys(filter).length === 0 ? transfer.countMessages() : null;
}

/** Null where that takes too long: then it is not told how long the rest will take. */
const sessionsIn = ({ sessions }: OpenedStore, filter: SessionFilter): Promise<number | null> =>
  sessions.countSessions(filter).catch((error: unknown) => {
    if (error instanceof ParleyError && error.code === 'TIMEOUT') return null;
    throw error;
  });
