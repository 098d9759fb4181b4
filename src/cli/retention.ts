import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createAuditor } from '../auth/auditor.js';
import type { Config } from '../config.js';
import { pause } from '../domain/async/pause.js';
import { applyRetention, type Expired, previewRetention, releaseRetention } from '../operate/retention.js';
import { loadRetentionRules } from '../operate/retention-rules.js';
import type { OpenedStore } from '../stores/open-store.js';
import { noDatabase, openQuietly, sqliteFile } from './open-database.js';
import { plainText } from './plain-text.js';

export interface RetentionOutput {
  /** For standard output: a line for each session. */
  print(line: string): void;
  /** For whoever looks on. */
  say(line: string): void;
  /** Ends it after the session that it is at. */
  signal: AbortSignal;
}

/** Applies the rules once, or tells what they would remove. What was not possible, or null. ConfigError. */
export async function runRetention(
  { dryRun }: { dryRun: boolean },
  config: Config,
  { print, say, signal }: RetentionOutput,
): Promise<{ failure: string } | null> {
  if (config.retentionRules === null) return { failure: 'RETENTION_RULES names no file of rules' };
  const rules = await loadRetentionRules(config.retentionRules);
  const file = sqliteFile(config);
  const missing = noDatabase(file);
  if (missing) return missing;
  const opened = await openQuietly(config);
  try {
    say(
      `rules of ${config.retentionRules} on ${file ?? opened.describe}${dryRun ? '; nothing is removed' : ''}`,
    );
    const looking = { store: opened.sessions, rules, now: () => new Date(), pause };
    const passing = {
      signal,
      told: (expired: Expired) => print(lineOf(expired)),
    };
    const outcomes = dryRun
      ? await previewRetention(looking, passing)
      : await removing(opened, config, (holder, record) =>
          applyRetention({ ...looking, leases: opened.leases, holder, record }, passing),
        );
    if (!outcomes)
      return {
        failure: 'another process applies the rules of this database: a server that runs, or this command',
      };
    for (const { rule, sessions } of outcomes)
      say(`${plainText(rule.name)}: ${sessions}${dryRun ? ' would go' : ' removed'}`);
    if (signal.aborted) return { failure: 'stopped before all sessions were looked at' };
    const failed = outcomes.find(({ failure }) => failure !== null);
    return failed ? { failure: `${plainText(failed.rule.name)}: ${failed.failure?.message}` } : null;
  } finally {
    await opened.close();
  }
}

/** With a lease of its own, and the audit on the disk before it ends. */
async function removing<T>(
  opened: OpenedStore,
  { auditDays }: Config,
  run: (holder: string, record: ReturnType<typeof createAuditor>['record']) => Promise<T>,
): Promise<T> {
  const holder = randomUUID();
  const log = pino({ level: 'silent' });
  const auditor = createAuditor(opened.audit, {
    keptDays: auditDays,
    now: () => new Date(),
    elapsed: () => performance.now(),
    log,
  });
  try {
    return await run(holder, (entry) => auditor.record(entry));
  } finally {
    await auditor.close();
    await releaseRetention({ leases: opened.leases, holder });
  }
}

const lineOf = ({ sessionId, updatedAt, rule }: Expired) =>
  `${[plainText(sessionId), updatedAt.toISOString(), plainText(rule.name)].join('\t')}\n`;
