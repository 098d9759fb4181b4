import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { type StoreSetup, useStage } from './stage.js';

const LONG = 3_600_000;

export function leaseSentences(setup: StoreSetup): void {
  describe('leases', () => {
    const stage = useStage(setup);
    const others = async () => (await stage.open()).leases;

    it('are held by one, who may prolong them, and told the time of the database', async () => {
      const [one, two] = [stage.opened.leases, await others()];
      const taken = await one.take({ name: 'work', holder: 'one', ms: LONG });
      expect(Math.abs((taken as Date).getTime() - Date.now())).toBeLessThan(600_000);
      expect(await two.take({ name: 'work', holder: 'two', ms: LONG })).toBeNull();
      expect(await two.take({ name: 'other work', holder: 'two', ms: LONG })).toBeInstanceOf(Date);
      expect(await one.take({ name: 'work', holder: 'one', ms: LONG })).toBeInstanceOf(Date);
      expect(await two.take({ name: 'work', holder: 'two', ms: LONG })).toBeNull();
    });

    it('are had by exactly one of many who ask at once', async () => {
      const instances = [stage.opened.leases, await others(), await others()];
      const asked = Array.from({ length: 12 }, (_, index) =>
        (instances[index % 3] as (typeof instances)[0]).take({ name: 'race', holder: `h${index}`, ms: LONG }),
      );
      expect((await Promise.all(asked)).filter((time) => time !== null)).toHaveLength(1);
    });

    it('are free once they were released, by their holder alone', async () => {
      const [one, two] = [stage.opened.leases, await others()];
      await one.take({ name: 'released', holder: 'one', ms: LONG });
      await two.release({ name: 'released', holder: 'two' });
      expect(await two.take({ name: 'released', holder: 'two', ms: LONG })).toBeNull();
      await one.release({ name: 'released', holder: 'one' });
      expect(await two.take({ name: 'released', holder: 'two', ms: LONG })).toBeInstanceOf(Date);
      await one.release({ name: 'nobody has it', holder: 'one' });
    });

    it('end by themselves, and then the next one has them', async () => {
      const [one, two] = [stage.opened.leases, await others()];
      await one.take({ name: 'short', holder: 'one', ms: 1 });
      await eventually(async () =>
        expect(await two.take({ name: 'short', holder: 'two', ms: LONG })).not.toBeNull(),
      );
      expect(await one.take({ name: 'short', holder: 'one', ms: LONG })).toBeNull();
    });
  });
}
