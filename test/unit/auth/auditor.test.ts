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

it('what has waited is written some at a time, and what could not be is written again, each entry once', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const written: string[][] = [];
  let failing = 0;
  const audit = {
    append: async (entries: { action: string }[]) => {
      if (failing-- > 0) throw new Error('away');
      written.push(entries.map(({ action }) => action));
    },
  } as unknown as AuditLog;
  const auditor = createAuditor(audit, {
    keptDays: 90,
    now: () => new Date(0),
    elapsed: () => 0,
    log: pino({ level: 'silent' }),
  });
  const record = (action: string) =>
    auditor.record({
      at: new Date(0),
      callerKind: 'key',
      callerId: 'k',
      callerName: 'k',
      action,
      sessionId: null,
      agentId: null,
      outcome: 'ok',
      from: null,
    });
  const actions = Array.from({ length: 1_001 }, (_, index) => `act ${index}`);
  failing = 1;
  for (const action of actions) record(action);
  await vi.advanceTimersByTimeAsync(50);
  expect(written).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written.flat()).toEqual(actions);
  for (const some of written) expect(some.length).toBeLessThanOrEqual(200);
  await auditor.close();
  expect(written.flat()).toHaveLength(1_001);
});
