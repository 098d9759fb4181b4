import { describe, expect, it } from 'vitest';
import { createChecker } from '../support/chaos/checker.js';
import type { ChaosRecord, FeedEvent, Scope, ShownMessage } from '../support/chaos/records.js';

const BOUND = 1_000;
const message = (position: number, text = `m${position}`): ShownMessage => ({
  position,
  messageId: position,
  text,
});
const added = (position: number, text?: string, agentId = 'a'): FeedEvent => ({
  __typename: 'MessageAdded',
  agentId,
  message: message(position, text),
});
const updated = (position: number, text: string): FeedEvent => ({
  __typename: 'MessageUpdated',
  agentId: 'a',
  message: message(position, text),
});
const READY: FeedEvent = { __typename: 'Ready', sessionExists: true };
const DELETED: FeedEvent = { __typename: 'SessionDeleted' };
const DEGRADED: FeedEvent = { __typename: 'Degraded' };
const RESTORED: FeedEvent = { __typename: 'Restored' };
const HISTORY_GONE: FeedEvent = { __typename: 'Resync', reason: 'HISTORY_GONE' };
const feedback = (comment: string): FeedEvent => ({ __typename: 'FeedbackAdded', feedback: { comment } });

/** A run that is written down by hand: each step takes 10 ms. */
function run(options: { mayResync?: boolean } = {}) {
  const checker = createChecker({ boundMs: BOUND, ...options });
  let at = 0;
  const tick = (ms = 10) => {
    at += ms;
    return at;
  };
  // biome-ignore lint/suspicious/noExplicitAny: a record without its time, of any kind
  const take = (record: any) => checker.take({ ...record, at: tick() } as ChaosRecord);
  const scope = (field: Scope['field'], agentId: string | null): Scope => ({
    field,
    sessionId: 's',
    agentId,
  });
  const steps = {
    wait(ms: number) {
      tick(ms);
      return steps;
    },
    follow(subscriber: string, field: Scope['field'] = 'messageAdded', agentId: string | null = null) {
      take({ kind: 'subscribed', subscriber, scope: scope(field, agentId) });
      return steps;
    },
    send(...texts: string[]) {
      take({ kind: 'append-sent', sessionId: 's', agentId: 'a', texts });
      return steps;
    },
    acknowledge(...messages: ShownMessage[]) {
      take({ kind: 'append-acknowledged', sessionId: 's', agentId: 'a', messages });
      return steps;
    },
    /** Messages `from` to `to`, each sent and acknowledged. */
    write(from: number, to = from) {
      for (let n = from; n <= to; n++) steps.send(`m${n}`).acknowledge(message(n));
      return steps;
    },
    redact(position: number, text: string) {
      const place = { sessionId: 's', agentId: 'a', position };
      take({ kind: 'redaction-sent', ...place, text });
      take({ kind: 'redaction-acknowledged', ...place });
      return steps;
    },
    comment(comment: string) {
      take({ kind: 'feedback-sent', sessionId: 's', comment });
      take({ kind: 'feedback-acknowledged', sessionId: 's', comment });
      return steps;
    },
    remove() {
      take({ kind: 'deletion-sent', sessionId: 's' });
      take({ kind: 'deletion-acknowledged', sessionId: 's' });
      return steps;
    },
    tell(subscriber: string, ...events: FeedEvent[]) {
      for (const event of events) take({ kind: 'event', subscriber, event });
      return steps;
    },
    lose(subscriber: string) {
      take({ kind: 'lost', subscriber });
      return steps;
    },
    leave(subscriber: string) {
      take({ kind: 'left', subscriber });
      return steps;
    },
    end(subscriber: string, code: string | null) {
      take({ kind: 'ended', subscriber, code });
      return steps;
    },
    store(messages: ShownMessage[], comments: string[] = []) {
      take({ kind: 'stored', sessionId: 's', session: { agents: [{ agentId: 'a', messages }], comments } });
      return steps;
    },
    storeNothing() {
      take({ kind: 'stored', sessionId: 's', session: null });
      return steps;
    },
    waiting: () => checker.waiting(),
    counts: () => checker.counts(),
    breaks: () => checker.verdict(tick()).map(({ kind, detail }) => `${kind}: ${detail}`),
    kinds: () => checker.verdict(tick()).map(({ kind }) => kind),
  };
  return steps;
}

describe('the checker of the chaos tests finds nothing where', () => {
  it('each message comes once and in order, over lost connections, and all is stored', () => {
    const steps = run()
      .write(0, 1)
      .follow('x', 'sessionEvents')
      .tell('x', READY)
      .write(2)
      .comment('good')
      .tell('x', added(2), feedback('good'))
      .lose('x')
      .write(3, 5)
      .tell('x', READY, added(3))
      .lose('x')
      .tell('x', READY, added(4), added(5))
      .store(
        [0, 1, 2, 3, 4, 5].map((n) => message(n)),
        ['good'],
      );
    expect(steps.waiting()).toEqual([]);
    expect(steps.breaks()).toEqual([]);
    expect(steps.counts()).toMatchObject({ appends: 6, messages: 6, events: 8, reconnects: 2, feedbacks: 1 });
  });

  it('an event comes before its acknowledgement, and a write is never acknowledged', () => {
    const steps = run().follow('x').tell('x', READY).send('m0').tell('x', added(0)).acknowledge(message(0));
    expect(steps.send('m1').breaks()).toEqual([]);
  });

  it('the session did not exist, was made and is deleted', () => {
    const steps = run()
      .follow('x')
      .tell('x', { __typename: 'Ready', sessionExists: false })
      .write(0)
      .tell('x', { __typename: 'SessionCreated' }, added(0))
      .write(1)
      .remove()
      .tell('x', DELETED)
      .end('x', null)
      .storeNothing();
    expect(steps.breaks()).toEqual([]);
  });

  it('the session is removed before its making could be told', () => {
    const steps = run()
      .follow('x')
      .tell('x', { __typename: 'Ready', sessionExists: false })
      .write(0)
      .remove();
    expect(steps.tell('x', added(0), DELETED).end('x', null).breaks()).toEqual([]);
  });

  it('a subscriber leaves before it was told', () => {
    expect(run().follow('x').tell('x', READY).write(0).leave('x').breaks()).toEqual([]);
  });

  it('the feed was down for long and said so', () => {
    const steps = run()
      .follow('x')
      .tell('x', READY, DEGRADED)
      .write(0)
      .wait(5 * BOUND)
      .tell('x', RESTORED)
      .wait(BOUND / 2)
      .tell('x', added(0));
    expect(steps.breaks()).toEqual([]);
  });

  it('a redaction is told, or comes with the message itself, or was before the history that is kept', () => {
    const told = run().follow('x').tell('x', READY).write(0).tell('x', added(0));
    expect(told.redact(0, 'gone').tell('x', updated(0, 'gone')).breaks()).toEqual([]);
    expect(
      run().follow('x').tell('x', READY).write(0).redact(0, 'gone').tell('x', added(0, 'gone')).breaks(),
    ).toEqual([]);
    const away = run({ mayResync: true }).follow('x').tell('x', READY).write(0).tell('x', added(0)).lose('x');
    expect(away.redact(0, 'gone').tell('x', READY, HISTORY_GONE).breaks()).toEqual([]);
  });
});

describe('the checker of the chaos tests finds loss where', () => {
  it('an acknowledged message is not stored', () => {
    expect(
      run()
        .write(0, 2)
        .store([message(0), message(1)])
        .breaks(),
    ).toEqual(['loss: s/a#2 was shown and is not stored']);
  });

  it('a whole session is not stored, and nobody removed it', () => {
    expect(run().write(0).storeNothing().kinds()).toEqual(['loss']);
  });

  it('a subscriber was told of a message that is not stored', () => {
    const steps = run().follow('x').tell('x', READY).write(0).send('m1').tell('x', added(0), added(1));
    expect(steps.store([message(0)]).kinds()).toEqual(['loss']);
  });

  it('a subscriber that is there was never told', () => {
    const steps = run().write(0).follow('x').tell('x', READY).write(1, 2).tell('x', added(1));
    expect(steps.waiting()).toEqual(['x waits for a#2']);
    expect(steps.breaks()).toEqual(['loss: x (messageAdded of s): a#2 never came']);
  });

  it('nothing of an agent was ever told', () => {
    const steps = run().follow('x', 'messageAdded', 'a').tell('x', READY).write(0);
    expect(steps.breaks()).toEqual(['loss: x (messageAdded of s): a#0 never came']);
  });

  it('the first message that came is not the first after Ready', () => {
    const steps = run().write(0).follow('x').tell('x', READY).write(1, 2).tell('x', added(2));
    expect(steps.kinds()).toEqual(['loss']);
  });

  it('a subscriber came back and was never Ready, or stayed degraded', () => {
    expect(run().follow('x').tell('x', READY).lose('x').waiting()).toEqual(['x waits for Ready']);
    expect(run().follow('x').tell('x', READY, DEGRADED).kinds()).toEqual(['loss']);
  });

  it('feedback was not told, or is not stored', () => {
    const told = run().follow('x', 'sessionEvents').tell('x', READY).write(0).comment('good');
    expect(told.tell('x', added(0)).kinds()).toEqual(['loss']);
    expect(
      run()
        .write(0)
        .comment('good')
        .store([message(0)])
        .kinds(),
    ).toEqual(['loss']);
  });

  it('a redaction was not told to one who saw the message', () => {
    const steps = run().follow('x').tell('x', READY).write(0).tell('x', added(0)).redact(0, 'gone');
    expect(steps.breaks()).toEqual(['loss: x (messageAdded of s): the redaction of a#0 never came']);
  });

  it('a deletion was not told', () => {
    expect(run().write(0).follow('x').tell('x', READY).remove().kinds()).toEqual(['loss']);
  });
});

describe('the checker of the chaos tests finds a repeat where', () => {
  it('a message comes twice on one connection', () => {
    const steps = run().follow('x').tell('x', READY).write(0, 1).tell('x', added(0), added(1), added(0));
    expect(steps.kinds()).toEqual(['repeat']);
  });

  it('a message comes again after the subscription was resumed', () => {
    const steps = run().follow('x').tell('x', READY).write(0, 1).tell('x', added(0)).lose('x');
    expect(steps.tell('x', READY, added(0), added(1)).breaks()).toEqual([
      'repeat: x (messageAdded of s): a#0 after a#0',
    ]);
  });

  it('a message comes that was there before the subscription', () => {
    expect(run().write(0).follow('x').tell('x', READY, added(0)).kinds()).toEqual(['repeat']);
  });

  it('a write was carried out twice', () => {
    expect(run().write(0).acknowledge(message(1, 'm0')).kinds()).toEqual(['repeat']);
  });

  it('feedback comes twice, or is stored twice', () => {
    const told = run().write(0).follow('x', 'sessionEvents').tell('x', READY).comment('good');
    expect(told.tell('x', feedback('good'), feedback('good')).kinds()).toEqual(['repeat']);
    expect(
      run()
        .write(0)
        .comment('good')
        .store([message(0)], ['good', 'good'])
        .kinds(),
    ).toEqual(['repeat']);
  });

  it('a session that was known is created again', () => {
    expect(run().write(0).follow('x').tell('x', READY, { __typename: 'SessionCreated' }).kinds()).toEqual([
      'repeat',
    ]);
  });
});

describe('the checker of the chaos tests finds disorder where', () => {
  it('two messages come the wrong way round', () => {
    const steps = run().follow('x').tell('x', READY).write(0, 2);
    expect(steps.tell('x', added(0), added(2), added(1)).kinds()).toEqual(['gap', 'disorder']);
  });

  it('the first ones come the wrong way round', () => {
    const steps = run().follow('x').tell('x', READY).send('m0').send('m1').tell('x', added(1), added(0));
    expect(steps.kinds()).toContain('disorder');
  });

  it('the messages of one append do not stand next to each other', () => {
    const steps = run().send('m0').send('m1', 'm2').acknowledge(message(0, 'm1'), message(2, 'm2'));
    expect(steps.kinds()).toEqual(['disorder']);
  });

  it('a message is older than the one in front of it', () => {
    const [first, second] = [
      { ...message(0), createdAt: '2025-01-02' },
      { ...message(1), createdAt: '2025-01-01' },
    ];
    expect(run().write(0, 1).store([first, second]).kinds()).toEqual(['disorder']);
    expect(
      run()
        .write(0, 1)
        .store([first, { ...second, createdAt: '2025-01-02' }])
        .kinds(),
    ).toEqual([]);
  });

  it('a message id is not its position', () => {
    expect(
      run()
        .send('m0')
        .acknowledge({ ...message(0), messageId: 1 })
        .kinds(),
    ).toEqual(['disorder']);
  });
});

describe('the checker of the chaos tests finds a gap where', () => {
  it('a position is passed over', () => {
    const steps = run().follow('x').tell('x', READY).write(0, 2).tell('x', added(0), added(2));
    expect(steps.breaks()).toEqual(['gap: x (messageAdded of s): a#2 where a#1 should be']);
  });

  it('a position is missing in the store', () => {
    const steps = run().send('m0').send('m2').acknowledge(message(0)).acknowledge(message(2));
    expect(steps.store([message(0), message(2)]).kinds()).toContain('gap');
  });
});

describe('the checker of the chaos tests finds silence where', () => {
  it('a message comes too late', () => {
    const steps = run()
      .follow('x')
      .tell('x', READY)
      .write(0)
      .wait(BOUND + 1)
      .tell('x', added(0));
    expect(steps.kinds()).toEqual(['silence']);
  });

  it('a message does not come while the connection is open, and comes after the next one is', () => {
    const steps = run()
      .follow('x')
      .tell('x', READY)
      .write(0)
      .wait(BOUND + 1)
      .lose('x');
    expect(steps.tell('x', READY, added(0)).kinds()).toEqual(['silence']);
  });

  it('a message had not come when the subscriber left', () => {
    const steps = run()
      .follow('x')
      .tell('x', READY)
      .write(0)
      .wait(BOUND + 1)
      .leave('x');
    expect(steps.kinds()).toEqual(['silence']);
  });

  it('what was missed does not follow a resumption', () => {
    const steps = run()
      .follow('x')
      .tell('x', READY)
      .lose('x')
      .write(0)
      .tell('x', READY)
      .wait(BOUND + 1);
    expect(steps.leave('x').kinds()).toEqual(['silence']);
  });

  it('nothing follows Restored', () => {
    const steps = run()
      .follow('x')
      .tell('x', READY, DEGRADED)
      .write(0)
      .tell('x', RESTORED)
      .wait(BOUND + 20);
    expect(steps.tell('x', added(0)).kinds()).toEqual(['silence']);
  });

  it('a deletion comes late', () => {
    const steps = run()
      .write(0)
      .follow('x')
      .tell('x', READY)
      .remove()
      .wait(BOUND + 1)
      .tell('x', DELETED);
    expect(steps.end('x', null).kinds()).toEqual(['silence']);
  });
});

describe('the checker of the chaos tests finds wrong content where', () => {
  it('a message has a text that nobody sent', () => {
    expect(run().follow('x').tell('x', READY).send('m0').tell('x', added(0, 'other')).kinds()).toEqual([
      'content',
    ]);
  });

  it('a subscriber sees another text than the writer was answered', () => {
    const steps = run().follow('x').tell('x', READY).send('m0').send('m1').acknowledge(message(0));
    expect(steps.acknowledge(message(1)).tell('x', added(0, 'm1')).kinds()).toContain('content');
  });

  it('a message of another agent comes', () => {
    const steps = run().follow('x', 'messageAdded', 'b').tell('x', READY).write(0).tell('x', added(0));
    expect(steps.kinds()).toEqual(['content']);
  });

  it('what was redacted is shown long after, or is stored', () => {
    const shown = run()
      .follow('x')
      .tell('x', READY)
      .write(0)
      .lose('x')
      .redact(0, 'gone')
      .wait(BOUND + 1);
    expect(shown.tell('x', READY, added(0)).kinds()).toContain('content');
    expect(
      run()
        .write(0)
        .redact(0, 'gone')
        .store([message(0)])
        .kinds(),
    ).toEqual(['content']);
  });

  it('a removed session is still stored, or the end of one comes that nobody removed', () => {
    expect(
      run()
        .write(0)
        .remove()
        .store([message(0)])
        .kinds(),
    ).toEqual(['content']);
    expect(run().write(0).follow('x').tell('x', READY, DELETED).end('x', null).kinds()).toEqual(['content']);
  });

  it('feedback has a text that nobody sent', () => {
    const steps = run().write(0).follow('x', 'sessionEvents').tell('x', READY, feedback('bad'));
    expect(steps.store([message(0)], ['worse']).kinds()).toEqual(['content', 'content']);
  });
});

describe('the checker of the chaos tests finds a broken protocol where', () => {
  it('a message follows SessionDeleted', () => {
    const steps = run().write(0).follow('x').tell('x', READY).write(1).remove().tell('x', DELETED, added(1));
    expect(steps.breaks()).toEqual(['protocol: x (messageAdded of s): MessageAdded after SessionDeleted']);
  });

  it('an event comes before Ready, or after the end', () => {
    expect(run().follow('x').write(0).tell('x', added(0)).kinds()).toContain('protocol');
    const ended = run().follow('x').tell('x', READY).leave('x').write(0).tell('x', added(0));
    expect(ended.kinds()).toEqual(['protocol']);
  });

  it('a message comes before the session was created', () => {
    const steps = run().follow('x').tell('x', { __typename: 'Ready', sessionExists: false });
    expect(steps.write(0).tell('x', added(0)).kinds()).toEqual(['protocol']);
  });
});

describe('the checker of the chaos tests finds an end that should not be where', () => {
  it('the server ends a subscription, or completes it', () => {
    expect(run().follow('x').tell('x', READY).end('x', 'INVALID_CURSOR').kinds()).toEqual(['ended']);
    expect(run().follow('x').tell('x', READY).end('x', null).kinds()).toEqual(['ended']);
  });

  it('it says Resync, and no history was lost', () => {
    expect(run().follow('x').tell('x', READY, HISTORY_GONE).kinds()).toEqual(['resync']);
    const rewritten: FeedEvent = { __typename: 'Resync', reason: 'AGENT_REWRITTEN', agentId: 'a' };
    expect(run({ mayResync: true }).follow('x').tell('x', READY, rewritten).kinds()).toEqual(['resync']);
  });
});
