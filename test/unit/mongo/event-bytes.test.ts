import { readdirSync } from 'node:fs';
import { BSON } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../src/domain/async/in-slices.js';
import { type Doc, isDoc } from '../../../src/stores/mongo/documents/bson-json.js';
import { changesOfEvent } from '../../../src/stores/mongo/feed/changes-of-event.js';
import {
  eventSteps,
  REPLY_EVENT,
  SESSION_EVENT,
  type Shape,
} from '../../../src/stores/mongo/feed/event-bytes.js';
import { createKnownAgents } from '../../../src/stores/mongo/feed/known-agents.js';
import { element, trace, update } from './fixtures.js';

const LONG = { padding: 'x'.repeat(5_000), list: Array(500).fill({}) };

/** The same with much more in all that agents, people and the model have written. */
function inflated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inflated);
  if (!isDoc(value)) return value;
  const large = Object.hasOwn(value, 'message_id')
    ? { message: LONG }
    : Object.hasOwn(value, 'agent_data')
      ? { agent_data: LONG }
      : Object.hasOwn(value, 'created_at')
        ? { metadata: LONG }
        : {};
  return {
    ...Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inflated(member)])),
    ...large,
  };
}

function toldOf(events: readonly Doc[]) {
  const known = createKnownAgents();
  return events.map((event) => changesOfEvent(event, known));
}

const read = (event: unknown, shape: Shape = SESSION_EVENT) =>
  atOnce(eventSteps(BSON.serialize(event as Doc), shape));

/** Those of a transaction have identities of the server that are left out. */
const traces = readdirSync(new URL('../../fixtures/mongodb', import.meta.url))
  .filter((file) => file.endsWith('.json') && file !== 'transaction.json')
  .map((file) => file.replace('.json', ''));

describe('an event that is read from its bytes', () => {
  it.each(traces)('tells of %s what it tells whole, also where much more was written', (name) => {
    const { events } = trace(name);
    const whole = toldOf(events);
    expect(toldOf(events.map((event) => read(event)))).toEqual(whole);
    expect(toldOf(events.map((event) => read(inflated(event))))).toEqual(whole);
  });

  it('keeps nothing of what is large but what tells one message from another', () => {
    const fields = {
      'agents.a.messages.1': element(1, { message: LONG }),
      'agents.a.messages': [element(0, { message: LONG }), element(1)],
      'agents.b': { agent_data: LONG, messages: [element(0, { message: LONG })] },
      'agents.a.agent_data.state': LONG,
      'metadata.user': LONG,
      feedbacks: [LONG],
      'feedbacks.1': LONG,
      session_viewer_password: LONG.padding,
    };
    const { message: _, redact_message: __, ...kept } = element(1);
    const { message: ___, redact_message: ____, ...first } = element(0);
    expect(read(update(fields)).updateDescription).toEqual({
      removedFields: [],
      updatedFields: {
        'agents.a.messages.1': kept,
        'agents.a.messages': [first, element(1)],
        'agents.b': { messages: [first] },
        'agents.a.agent_data.state': {},
        'metadata.user': {},
        feedbacks: [{}],
        'feedbacks.1': {},
        session_viewer_password: '',
      },
    });
  });

  it('takes an agent whose id is the name of a field for an agent', () => {
    const event = update({ 'agents.metadata.messages.3': element(3, { message: LONG }) });
    expect(toldOf([read(event)])).toEqual(toldOf([event]));
    expect(toldOf([event])[0]).toMatchObject([{ kind: 'message-added', agentId: 'metadata', index: 3 }]);
  });

  it('has of a reply the text that was appended, however long, and not the message that it ends with', () => {
    const stretch = { o: 0, e: 5_000, w: 'w', p: LONG.padding };
    const event = update({ 'recent.0': stretch, heard_at: new Date(0), ending: { message: LONG.padding } });
    expect(read(event, REPLY_EVENT).updateDescription).toEqual({
      removedFields: [],
      updatedFields: { 'recent.0': stretch, heard_at: new Date(0), ending: {} },
    });
  });

  it('is read in steps, however many messages it has', () => {
    const messages = Array.from({ length: 5_000 }, (_, index) => element(index));
    const whole = BSON.serialize({ ...update({}), fullDocument: { agents: { a: { messages } } } });
    let steps = 0;
    for (const reading = eventSteps(whole, SESSION_EVENT); !reading.next().done; ) steps++;
    expect(steps).toBeGreaterThan(100);
  });

  it('shows text that is no UTF-8 as far as it is', () => {
    const bytes = BSON.serialize(update({ 'agents.a.messages.1': element(1, { storage_id: 'aXb' }) }));
    bytes[bytes.indexOf(0x58)] = 0xff;
    expect(toldOf([atOnce(eventSteps(bytes, SESSION_EVENT))])).toEqual(
      toldOf([update({ 'agents.a.messages.1': element(1) })]),
    );
  });

  it('takes nothing for a message, or for feedback, that lies in no list', () => {
    const [told] = toldOf([
      update({ 'agents.a.messages.x': element(1), 'agents.a.messages.y.z': 1, 'feedbacks.x': {} }),
      update({ 'agents.a.messages.0': element(0) }),
    ]);
    expect(told).toMatchObject([{ kind: 'agent-updated', agentId: 'a' }, { kind: 'session-changed' }]);
  });
});
