import { describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { watchWrites } from '../../../src/domain/sessions/write-health.js';

const FULL = new ParleyError('STORE_UNAVAILABLE', 'The disk is full.');
const NO_SESSION = new ParleyError('SESSION_NOT_FOUND', 'There is no session "s".');

/** A store whose writes and tries do as they are told, and a clock that moves by hand. */
function setUp() {
  let clock = 0;
  let outcome: Error | null = null;
  let tries = 0;
  let trying: () => Promise<void> = async () => {
    if (outcome) throw outcome;
  };
  const write = async () => {
    if (outcome) throw outcome;
  };
  const changes: (string | null)[] = [];
  const { store, writes } = watchWrites(
    {
      createSession: write,
      tryWrite: () => {
        tries++;
        return trying();
      },
    } as unknown as SessionStore,
    { now: () => clock, pause: async () => {}, onChange: (reason) => changes.push(reason) },
  );
  return {
    write: () => store.createSession({} as never).catch(() => {}),
    check: () => writes.check(),
    pass: (ms: number) => {
      clock += ms;
    },
    from: (error: Error | null) => {
      outcome = error;
    },
    hang: () => {
      trying = () => new Promise(() => {});
    },
    tries: () => tries,
    changes,
  };
}

describe('whether writes work', () => {
  it('is what the last write found, without a try', async () => {
    const { write, check, from, tries } = setUp();
    await write();
    expect(await check()).toBe(null);
    from(FULL);
    await write();
    expect(await check()).toBe('The disk is full.');
    from(null);
    await write();
    expect(await check()).toBe(null);
    expect(tries()).toBe(0);
  });

  it('is found out by a try where nothing was written, at most one a second however often it is asked', async () => {
    const { check, pass, from, tries } = setUp();
    expect(await check()).toBe(null);
    await Promise.all([check(), check()]);
    expect(tries()).toBe(1);
    from(FULL);
    pass(1_001);
    await Promise.all([check(), check()]);
    expect(await check()).toBe('The disk is full.');
    expect(tries()).toBe(2);
  });

  it('is not believed again because a small try finds room where writes do not', async () => {
    const { write, check, pass, from } = setUp();
    from(FULL);
    await write();
    from(null);
    pass(9_000);
    expect(await check()).toBe('The disk is full.');
    pass(1_001);
    expect(await check()).toBe(null);
  });

  it('is not judged by what callers do wrong', async () => {
    const { write, check, from } = setUp();
    await write();
    from(NO_SESSION);
    await write();
    expect(await check()).toBe(null);
  });

  it.each([
    [new ParleyError('TIMEOUT', 'The database took too long.'), 'The database took too long.'],
    [new TypeError('text of a driver'), 'The database failed; the log says why.'],
  ])('is denied by whatever a try fails with: %s', async (error, reason) => {
    const { check, from } = setUp();
    from(error);
    expect(await check()).toBe(reason);
  });

  it('is denied where a try gets no answer, and nobody waits for it', async () => {
    const { check, pass, hang, tries } = setUp();
    hang();
    expect(await check()).toBe(null);
    pass(3_000);
    expect(await check()).toBe('The database has not taken a write for 3 s.');
    expect(tries()).toBe(1);
  });

  it('is told once each time that it changes', async () => {
    const { write, from, changes } = setUp();
    for (const outcome of [null, FULL, FULL, null, null]) {
      from(outcome);
      await write();
    }
    expect(changes).toEqual(['The disk is full.', null]);
  });
});
