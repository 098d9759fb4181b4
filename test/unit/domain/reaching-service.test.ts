import { describe, expect, it, vi } from 'vitest';
import { reachingService } from '../../../src/domain/access/reaching-service.js';
import type { SessionService } from '../../../src/domain/sessions/session-service.js';

/** The metadata that a session is made with by a caller whose own are those of alice. */
async function madeWith(metadata: Record<string, unknown>) {
  const createSession = vi.fn(async () => 's1');
  const service = { createSession } as unknown as SessionService;
  const limited = reachingService(service, { metadata: { 'user.id': 'alice' } });
  await limited.createSession({ sessionId: 's1', sessionType: 'AGENT', metadata: metadata as never });
  const [[input]] = createSession.mock.calls as unknown as [[{ metadata: Record<string, unknown> }]];
  return input.metadata;
}

describe('a session that a caller makes who is limited by metadata', () => {
  it('has what the reach asks for, beside what was given, of which nothing else is copied', async () => {
    const large = { members: {} };
    const given = { large, user: { name: 'A', large } };
    const made = await madeWith(given);
    expect(made).toEqual({ large, user: { name: 'A', large, id: 'alice' } });
    expect(made.large).toBe(large);
    expect((made.user as { large: unknown }).large).toBe(large);
    expect(given).toEqual({ large, user: { name: 'A', large } });
  });

  it('has what was given where that is right, and is refused where it is not, at a look', async () => {
    const given = { user: { id: 'alice' } };
    expect(await madeWith(given)).toBe(given);
    const names = vi.fn(Reflect.ownKeys);
    const wide = new Proxy({ alice: 1 }, { ownKeys: names });
    await expect(madeWith({ user: { id: wide } })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(names).not.toHaveBeenCalled();
  });
});
