import { createSlowReader } from '../../../src/domain/live/follow.js';
import { followSession } from '../../../src/domain/live/follow-session.js';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { createSubscriptionGroups } from '../../../src/graphql/subscriptions/subscription-groups.js';
import { type createStage, settled } from './stage.js';

type Stage = Awaited<ReturnType<typeof createStage>>;

export interface SharingClient {
  /** The last cursor that it was given. */
  readonly cursor: string | null;
  close(): Promise<void>;
}

/** One instance on which everybody who follows 's' shares one execution. */
export function createSharing({ deps }: Stage) {
  const groups = createSubscriptionGroups();
  return {
    groups,
    /** Follows from now on, or after the cursor; every event goes to `onEvent` with its cursor in place. */
    open(after: string | null, onEvent: (event: LiveEvent) => void): SharingClient {
      let cursor = after;
      let closed = false;
      const reader = createSlowReader();
      const take = (event: LiveEvent) => {
        if (closed) return;
        cursor = event.cursor;
        onEvent(event);
      };
      const feed = followSession(deps, {
        sessionId: 's',
        agentId: null,
        only: 'everything',
        replies: false,
        reach: {},
        share: 'someone',
        after,
        reader,
        handOver: {
          isBehind: (standing) => groups.isBehind('same', standing),
          lacking: (standing) => groups.lacking('same', standing),
          lackingReplies: (standing) => groups.lackingReplies('same', standing),
          join: (standing, open, signal) =>
            groups.join(
              'same',
              standing,
              {
                open,
                execute: async (events) => events.map((event) => Buffer.from(JSON.stringify(event))),
                revision: deps.hub.revision,
                refreshed: deps.loads.refreshed,
              },
              {
                reader,
                isFull: () => false,
                holds: () => {},
                deliver: (results) => {
                  for (const result of results) take(JSON.parse(String(result)));
                },
                send: async () => {
                  throw new Error('a member of a group is waited for');
                },
              },
              signal,
            ),
        },
      });
      void (async () => {
        for await (const events of feed) for (const event of events) take(event);
      })();
      return {
        get cursor() {
          return cursor;
        },
        async close() {
          closed = true;
          await feed.return(undefined);
        },
      };
    },
  };
}

/** Long enough for everything that waits for nothing but promises. */
export async function allSettled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await settled();
}
