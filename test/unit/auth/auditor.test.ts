import { pino } from 'pino';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createAuditor } from '../../../src/auth/auditor.js';
import type { AuditLog } from '../../../src/domain/access/audit-log.js';

it('what is too old is removed a minute after the start, then each hour, and never twice at once', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const pruned: { olderThan: Date; end: () => void }[] = [];
  const audit = {
    prune: (olderThan: Date) => new Promise<void>((end) => void pruned.push({ olderThan, end })),
  } as unknown as AuditLog;
  const auditor = createAuditor(audit, {
    keptDays: 90,
    now: () => new Date('2026-04-01T00:00:00Z'),
    elapsed: () => 0,
    log: pino({ level: 'silent' }),
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(pruned.map(({ olderThan }) => olderThan)).toEqual([new Date('2026-01-01T00:00:00Z')]);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(pruned).toHaveLength(1);
  pruned[0]?.end();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(pruned).toHaveLength(2);
  pruned[1]?.end();
  await auditor.close();
  await vi.advanceTimersByTimeAsync(7_200_000);
  expect(pruned).toHaveLength(2);
});
