import { describe, expect, it } from 'vitest';
import { changesOfEvent } from '../../../src/stores/mongo/feed/changes-of-event.js';
import { createKnownAgents } from '../../../src/stores/mongo/feed/known-agents.js';
import { element, trace, update } from './fixtures.js';

type Event = Parameters<typeof changesOfEvent>[0];

/** What each event tells, as `kind agent index`, by one reader that sees them one after the other. */
function told(events: Event[], known = createKnownAgents()): string[][] {
  return events.map((event) =>
    changesOfEvent(event, known).map((change) => {
      const agent = 'agentId' in change ? [change.agentId] : [];
      const index = 'index' in change ? [change.index] : [];
      return [change.kind, ...agent, ...index].join(' ');
    }),
  );
}

const insert = (agents: object = {}): Event => ({
  operationType: 'insert',
  documentKey: { _id: 's1' },
  fullDocument: { _id: 's1', created_at: new Date(5), agents },
});
const replace = (agents: unknown): Event => ({
  operationType: 'replace',
  documentKey: { _id: 's1' },
  fullDocument: { _id: 's1', agents },
});
const AGENT = { agent_data: { agent_id: 'a' }, messages: [] };
const START = [insert({ a: { ...AGENT, messages: [element(0), element(1)] } })];
const PARLEY = { 'parley_receipts.0af': { body: '', at: new Date(0) } };

/** What the last event tells a reader that has seen the session made with two messages. */
const afterTwo = (...events: Event[]) => told([...START, ...events]).at(-1);

describe('events recorded from a server', () => {
  it('append: the first message arrives as the whole list, the others at their index', () => {
    expect(told(trace('append').events)).toEqual([
      ['message-added a 0'],
      ['message-added a 1'],
      ['message-added a 2'],
    ]);
  });

  it('append-each: messages of one push arrive as so many, in order', () => {
    expect(told(trace('append-each').events)).toEqual([
      [0, 1, 2, 3].map((index) => `message-added a ${index}`),
      [4, 5, 6, 7].map((index) => `message-added a ${index}`),
      ['message-added a 8'],
    ]);
  });

  it('create-agent: of an agent set whole by another program nothing is sure, then it is known', () => {
    expect(told(trace('create-agent').events)).toEqual([
      ['agent-rewritten b', 'agent-updated b'],
      ['agent-rewritten a', 'agent-updated a'],
      ['message-added b 0'],
      ['agent-updated b'],
      ['agent-rewritten b', 'agent-updated b'],
    ]);
  });

  it('redact: a leaf is an update at its index, with the list of guardrail events as the rest', () => {
    const events = told(trace('redact').events);
    expect(events[0]).toEqual(['message-updated a 1', 'session-changed']);
    expect(events[1]).toEqual(['agent-updated a', 'session-changed']);
    expect(events[2]).toEqual(['message-updated a 2', 'session-changed']);
  });

  it('metadata: every shape is one change', () => {
    for (const changes of told(trace('metadata').events)) expect(changes).toEqual(['metadata-changed']);
  });

  it('feedback: the first arrives as the whole list, the second at its index', () => {
    expect(told(trace('feedback').events)).toEqual([
      ['feedback-added 0'],
      ['feedback-added 1'],
      ['feedback-added 0'],
    ]);
  });

  it('array-rewrites: what trims, sorts or inserts is a list written anew, what reaches past the end an append', () => {
    const known = createKnownAgents();
    const { before, events } = trace('array-rewrites');
    const messages = (before[0] as { agents: { a: { messages: unknown[] } } }).agents.a.messages;
    known.set('s1', 'a', {
      length: messages.length,
      lastIdentity: (messages.at(-1) as { storage_id: string }).storage_id,
    });
    const changes = told(events, known);
    expect(changes[0]).toEqual(['message-added a 3']);
    expect(changes[1]).toEqual(['agent-rewritten a']);
    expect(changes[4]).toEqual(['message-added a 6']);
    expect(changes[5]).toEqual(['agent-rewritten a']);
    expect(changes[6]).toEqual(['agent-rewritten a']);
    expect(changes[7]).toEqual(['message-updated a 1']);
    expect(changes.at(-1)).toEqual(['agent-rewritten a']);
  });

  it('set-message: one write to two agents and the root tells of each', () => {
    const changes = told(trace('set-message').events);
    expect(changes[0]).toEqual(['message-updated a 1']);
    expect(changes[5]).toEqual(['message-updated a 0', 'agent-rewritten b', 'agent-updated b']);
    expect(changes[7]).toEqual(['message-updated a 0', 'message-added b 2']);
  });

  it('replace-and-delete: a removed session is told, a replaced one is to be read again', () => {
    const changes = told(trace('replace-and-delete').events);
    expect(changes[0]).toEqual(['session-created', 'metadata-changed', 'session-changed']);
    expect(changes.slice(1)).toEqual([['session-deleted'], ['session-deleted'], ['session-deleted']]);
  });

  it('no-op and names: nothing throws, whatever the names', () => {
    for (const name of [
      'no-op',
      'names',
      'numbers',
      'dotted-and-dollar-keys',
      'half-built-agent',
      'upsert',
    ]) {
      expect(told(trace(name).events).flat().length, name).toBeGreaterThan(0);
    }
  });
});

describe('a new session', () => {
  it('is told with when it was made, then its agents with their messages', () => {
    expect(told(START)).toEqual([
      ['session-created', 'agent-updated a', 'message-added a 0', 'message-added a 1'],
    ]);
    const [created] = changesOfEvent(insert(), createKnownAgents());
    expect(created).toEqual({ kind: 'session-created', sessionId: 's1', sessionCreatedAt: 5 });
  });

  it('is nothing where its id is no text: another program keeps documents there', () => {
    const documentKey = { _id: 7 };
    expect(
      told([
        { ...insert(), documentKey },
        { ...update({ x: 1 }), documentKey },
      ]),
    ).toEqual([[], []]);
  });
});

describe('messages', () => {
  it('at the known end are new, before it they are updates', () => {
    expect(afterTwo(update({ 'agents.a.messages.2': element(2) }))).toEqual(['message-added a 2']);
    expect(afterTwo(update({ 'agents.a.messages.1': element(1) }))).toEqual(['message-updated a 1']);
  });

  it('where the end is not known are new when both dates are one, else updates', () => {
    expect(told([update({ 'agents.a.messages.7': element(7) })])).toEqual([['message-added a 7']]);
    const changed = element(7, { updated_at: new Date() });
    expect(told([update({ 'agents.a.messages.7': changed })])).toEqual([['message-updated a 7']]);
  });

  it('of one push come in order, in whatever order the paths are', () => {
    const fields = Object.fromEntries([10, 2, 9].map((n) => [`agents.a.messages.${n}`, element(n)]));
    expect(told([update(fields)])).toEqual([
      ['message-added a 2', 'message-added a 9', 'message-added a 10'],
    ]);
  });

  it('as a whole list behind the known last one are new', () => {
    const list = [0, 1, 2, 3].map((index) => element(index));
    expect(afterTwo(update({ 'agents.a.messages': list }))).toEqual([
      'message-added a 2',
      'message-added a 3',
    ]);
  });

  it('as a whole list with another one at the known end were written anew', () => {
    const list = [1, 2, 3].map((index) => element(index));
    expect(afterTwo(update({ 'agents.a.messages': list }))).toEqual(['agent-rewritten a']);
    expect(afterTwo(update({ 'agents.a.messages': [element(0)] }))).toEqual(['agent-rewritten a']);
  });

  it('as a whole list of the known length may each have changed', () => {
    const list = [element(0), element(1)];
    expect(afterTwo(update({ 'agents.a.messages': list }))).toEqual([
      'message-updated a 0',
      'message-updated a 1',
    ]);
  });

  it('as a whole list of unknown length are new only where they look like one first push', () => {
    const whole = (list: unknown[]) => told([update({ 'agents.a.messages': list })])[0];
    expect(whole([element(0), element(1)])).toEqual(['message-added a 0', 'message-added a 1']);
    expect(whole([element(1), element(2)])).toEqual(['agent-rewritten a']);
    expect(whole([element(0), element(1, {}, 3_600_000)])).toEqual(['agent-rewritten a']);
    expect(whole([element(0, { updated_at: new Date() })])).toEqual(['agent-rewritten a']);
    expect(whole([])).toEqual(['agent-rewritten a']);
  });

  it('cut off, as 5.0 and later tell it, leave a list written anew whose length is known', () => {
    const cut = update({}, [], { truncatedArrays: [{ field: 'agents.a.messages', newSize: 1 }] });
    expect(afterTwo(cut)).toEqual(['agent-rewritten a']);
    expect(afterTwo(cut, update({ 'agents.a.messages.1': element(1) }))).toEqual(['message-added a 1']);
  });

  it('of which several leaves are written are one update', () => {
    const leaves = { 'agents.a.messages.1.redact_message': {}, 'agents.a.messages.1.updated_at': new Date() };
    expect(
      afterTwo(update({ ...leaves, 'agents.a.updated_at': new Date(), updated_at: new Date() })),
    ).toEqual(['message-updated a 1']);
  });
});

describe('an agent set whole', () => {
  it('is new where all agents of the session are known, or Parley wrote it', () => {
    const whole = { 'agents.b': { ...AGENT, messages: [element(0)] } };
    expect(afterTwo(update(whole))).toEqual(['agent-updated b', 'message-added b 0']);
    expect(told([update({ ...whole, ...PARLEY })])).toEqual([['agent-updated b', 'message-added b 0']]);
  });

  it('is to be read again where it was there, or might have been', () => {
    const rewritten = ['agent-rewritten a', 'agent-updated a'];
    expect(afterTwo(update({ 'agents.a': AGENT }))).toEqual(rewritten);
    expect(told([update({ 'agents.a': AGENT })])).toEqual([rewritten]);
    expect(afterTwo(update({}, ['agents.a']))).toEqual(rewritten);
  });

  it('below which a push made a half-built one, as 5.0 and later tell it, has its message', () => {
    expect(afterTwo(update({ 'agents.b': { messages: [element(0)] } }))).toEqual([
      'agent-updated b',
      'message-added b 0',
    ]);
  });

  it('is counted on from: after it, its next message is new', () => {
    const rewritten = update({ 'agents.a': { ...AGENT, messages: [element(0)] } });
    expect(afterTwo(rewritten, update({ 'agents.a.messages.1': element(1) }))).toEqual(['message-added a 1']);
    expect(afterTwo(update({ 'agents.a': AGENT }), update({ 'agents.a.messages': [element(0)] }))).toEqual([
      'message-added a 0',
    ]);
  });
});

describe('a document written whole', () => {
  it('tells what was added behind what is known, as a pipeline update on 4.4 gives it', () => {
    const agents = { a: { ...AGENT, messages: [element(0), element(1), element(2)] } };
    expect(afterTwo(replace(agents))).toEqual([
      'session-created',
      'agent-updated a',
      'message-added a 2',
      'metadata-changed',
      'session-changed',
    ]);
  });

  it('tells of agents that are gone or that nothing was known of', () => {
    expect(afterTwo(replace({}))).toContain('agent-rewritten a');
    expect(told([replace({ a: AGENT })])[0]).toContain('agent-rewritten a');
    expect(afterTwo(replace('damaged'))).toContain('agent-rewritten a');
    expect(afterTwo(update({ agents: {} }))).toContain('agent-rewritten a');
  });
});

describe('the rest of a session', () => {
  it('tells nothing of receipts and of secrets', () => {
    expect(afterTwo(update(PARLEY, ['parley_receipts.1b']))).toEqual([]);
    expect(afterTwo(update({ session_viewer_password: 'x' }))).toEqual([]);
  });

  it('tells of the configuration, the state and the dates of an agent as one change', () => {
    const fields = { 'agents.a.agent_data.model': 'm', 'agents.a.agent_data.updated_at': new Date() };
    expect(afterTwo(update({ ...fields, 'agents.a.updated_at': new Date() }))).toEqual(['agent-updated a']);
  });

  it('tells of what else changed, and of a date that moved alone', () => {
    expect(afterTwo(update({ application_name: 'x' }))).toEqual(['session-changed']);
    expect(afterTwo(update({ guardrail_events: [{}] }))).toEqual(['session-changed']);
    expect(afterTwo(update({ updated_at: new Date() }))).toEqual(['session-changed']);
    expect(afterTwo(update({ 'feedbacks.0.comment': 'x' }))).toEqual(['session-changed']);
    expect(afterTwo(update({}, ['metadata']))).toEqual(['metadata-changed']);
  });

  it('takes the second component for an agent id, also where it is a number or a name of JavaScript', () => {
    for (const agentId of ['10', '__proto__', 'constructor', 'a$b']) {
      expect(told([update({ [`agents.${agentId}.messages.3`]: element(3) })])).toEqual([
        [`message-added ${agentId} 3`],
      ]);
    }
  });
});
