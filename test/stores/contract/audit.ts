import { describe, expect, it } from 'vitest';
import type { AuditEntry, NewAuditEntry } from '../../../src/domain/access/audit-log.js';
import { type StoreSetup, useStage } from './stage.js';

const now = Date.now();
const anEntry = (minutes: number, fields: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
  at: new Date(now + minutes * 60_000),
  callerKind: 'key',
  callerId: 'k1',
  callerName: 'ci',
  action: 'appendMessages',
  sessionId: 's',
  agentId: 'a',
  outcome: 'ok',
  from: '127.0.0.1',
  count: 1,
  mark: null,
  ...fields,
});

export function auditSentences(setup: StoreSetup): void {
  describe('the audit', () => {
    const stage = useStage(setup);
    const actions = (entries: readonly AuditEntry[]) => entries.map(({ action }) => action);

    it('keeps every entry, newest first, page by page, for any instance', async () => {
      const { audit } = stage.opened;
      await audit.append([]);
      await audit.append([anEntry(0, { action: 'one' }), anEntry(1, { action: 'two' })]);
      await audit.append([
        anEntry(2, { action: 'three', sessionId: null, agentId: null, from: null, outcome: 'FORBIDDEN' }),
      ]);
      const other = (await stage.open()).audit;
      const all = await other.list({ limit: 10, before: null });
      expect(actions(all)).toEqual(['three', 'two', 'one']);
      const { id: _, ...third } = all[0] as (typeof all)[0];
      const { mark: _mark, ...written } = anEntry(2, {
        action: 'three',
        sessionId: null,
        agentId: null,
        from: null,
        outcome: 'FORBIDDEN',
      });
      expect(third).toEqual(written);
      const first = await other.list({ limit: 2, before: null });
      expect(actions(first)).toEqual(['three', 'two']);
      expect(actions(await other.list({ limit: 2, before: first[1]?.id ?? null }))).toEqual(['one']);
    });

    it('can be asked about one session and one caller', async () => {
      const { audit } = stage.opened;
      await audit.append([
        anEntry(3, { action: 'four', sessionId: 't', callerId: 'k2' }),
        anEntry(3, { action: 'five', sessionId: 't' }),
      ]);
      const about = async (query: { sessionId?: string; callerId?: string }) =>
        actions(await audit.list({ limit: 10, before: null, ...query }));
      expect(await about({ sessionId: 't' })).toEqual(['five', 'four']);
      expect(await about({ callerId: 'k2' })).toEqual(['four']);
      expect(await about({ sessionId: 't', callerId: 'k1' })).toEqual(['five']);
    });

    it('keeps one entry of those with one mark, in its place, with the count of the last', async () => {
      const { audit } = stage.opened;
      const refused = (count: number, mark: string) =>
        anEntry(4, { action: `refused ${mark}`, sessionId: null, callerId: 'k3', count, mark });
      await audit.append([
        refused(1, 'm1'),
        refused(1, 'm2'),
        anEntry(4, { callerId: 'k3', action: 'done' }),
      ]);
      await audit.append([refused(7, 'm1')]);
      await audit.append([refused(9, 'm1')]);
      const found = await audit.list({ limit: 10, before: null, callerId: 'k3' });
      expect(found.map(({ action, count }) => [action, count])).toEqual([
        ['done', 1],
        ['refused m2', 1],
        ['refused m1', 9],
      ]);
    });

    it('loses nothing but what is too old', async () => {
      const { audit } = stage.opened;
      await audit.prune(new Date(now - 3_600_000));
      expect(await audit.list({ limit: 10, before: null })).toHaveLength(8);
      await audit.prune(new Date(now + 3_600_000));
      expect(await audit.list({ limit: 10, before: null })).toEqual([]);
    });
  });
}
