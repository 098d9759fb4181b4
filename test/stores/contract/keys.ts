import { describe, expect, it } from 'vitest';
import type { StoredKey } from '../../../src/domain/access/key-store.js';
import { at } from './inputs.js';
import { type StoreSetup, useStage } from './stage.js';

const aKey = (id: string, fields: Partial<StoredKey> = {}): StoredKey => ({
  id,
  name: 'ci',
  hash: 'a'.repeat(64),
  scopes: ['read', 'append'],
  reach: { applicationName: 'shop', metadata: { 'user.id': 'alice' } },
  createdAt: at(0),
  expiresAt: at(60),
  lastUsedAt: null,
  revokedAt: null,
  ...fields,
});

export function keySentences(setup: StoreSetup): void {
  describe('API keys', () => {
    const stage = useStage(setup);

    it('are there once one was made, whole, on every instance', async () => {
      const { keys } = stage.opened;
      expect(await keys.any()).toBe(false);
      expect(await keys.find('k1')).toBeNull();
      await keys.create(aKey('k1'));
      await keys.create(aKey('k2', { createdAt: at(1), expiresAt: null, reach: {} }));
      const other = await stage.open();
      expect(await other.keys.any()).toBe(true);
      expect(await other.keys.find('k1')).toEqual(aKey('k1'));
      expect((await other.keys.list()).map(({ id }) => id)).toEqual(['k1', 'k2']);
    });

    it('come from another database with their end, their use and what their hash is keyed with', async () => {
      const { keys } = stage.opened;
      const moved = aKey('k4', { pepper: 'AAEC', createdAt: at(9), lastUsedAt: at(10), revokedAt: at(11) });
      await keys.create(moved);
      expect(await keys.find('k4')).toEqual(moved);
      expect(await keys.revoke('k4', at(12))).toBe(true);
      expect(await keys.find('k4')).toEqual(moved);
    });

    it('are revoked once and for all, and know when they were used', async () => {
      const { keys } = stage.opened;
      await keys.create(aKey('k3', { createdAt: at(3) }));
      await keys.touch('k3', at(4));
      expect(await keys.revoke('k3', at(5))).toBe(true);
      expect(await keys.revoke('k3', at(6))).toBe(true);
      expect(await keys.find('k3')).toEqual(
        aKey('k3', { createdAt: at(3), lastUsedAt: at(4), revokedAt: at(5) }),
      );
      expect(await keys.revoke('none', at(7))).toBe(false);
      await keys.touch('none', at(7));
      expect(await keys.find('none')).toBeNull();
    });
  });
}
