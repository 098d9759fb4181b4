import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql';
import type { EventParts } from '../../domain/live/live-events.js';
import {
  AGENT_PARTS,
  type AgentPart,
  type MessagePart,
  messageParts,
  SESSION_PARTS,
  type SessionPart,
} from '../../domain/sessions/session-store.js';

type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;
type Selections = readonly (SelectionSetNode | undefined)[];

/** The fields that need a part; one that is not here needs none. */
const SESSION_FIELDS: Readonly<Record<string, readonly SessionPart[]>> = {
  metadata: ['metadata'],
  feedback: ['feedback'],
  guardrailEvents: ['guardrailEvents'],
  messageCount: ['messageCount'],
};
const AGENT_FIELDS: Readonly<Record<string, readonly AgentPart[]>> = {
  systemPrompt: ['systemPrompt'],
  promptMetadata: ['promptMetadata'],
  state: ['state'],
  conversationManagerState: ['conversationManagerState'],
};
const MESSAGE_FIELDS: Readonly<Record<string, readonly MessagePart[]>> = {
  text: ['text'],
  content: ['content'],
  blocks: ['content'],
  metadata: ['metadata'],
  author: ['metadata'],
  awaitingApproval: ['metadata'],
  metrics: ['eventLoopMetrics', 'metadata'],
  guardrailEvent: ['guardrailEvent'],
};

/** The fields of a message that its identities give, and its last change. */
const IDENTITY_FIELDS: ReadonlySet<string> = new Set([
  'id',
  'clientId',
  'trackingId',
  'updatedAt',
  'supersedes',
]);

/** The fields of an agent that say when. */
const TIME_FIELDS: ReadonlySet<string> = new Set(['createdAt', 'updatedAt']);

/** `identities` and `times`: as in `AgentsRequest`. */
type AskedParts = EventParts & { identities: boolean; times: boolean };

/** Where pages have their items. */
const itemsOf = (selections: Selections, fragments: Info['fragments']): Selections => [
  ...under(selections, fragments, 'nodes'),
  ...under(under(selections, fragments, 'edges'), fragments, 'node'),
];

/** Parts of the sessions, agents or messages that the field itself gives, and of the messages of agents below it. */
export const partsOfItem = remembered(({ fieldNodes, fragments }) =>
  partsIn(
    fieldNodes.map(({ selectionSet }) => selectionSet),
    fragments,
  ),
);

/** The same of the items of a page. */
export const partsOfItems = remembered(({ fieldNodes, fragments }) =>
  partsIn(
    itemsOf(
      fieldNodes.map(({ selectionSet }) => selectionSet),
      fragments,
    ),
    fragments,
  ),
);

/** Of what a subscription's events carry. */
export const partsOfEvents = remembered(({ fieldNodes, fragments }) => {
  const events = fieldNodes.map(({ selectionSet }) => selectionSet);
  const below = (name: string) => under(events, fragments, name);
  return partsIn([...below('session'), ...below('agent'), ...below('message'), ...below('kept')], fragments);
});

function partsIn(selections: Selections, fragments: Info['fragments']): AskedParts {
  const agents = ['agents', 'agent'].flatMap((name) => under(selections, fragments, name));
  const messages = [...selections, ...agents].flatMap((one) => under([one], fragments, 'messages'));
  const needed = <P>(among: Selections, table: Readonly<Record<string, readonly P[]>>) =>
    new Set(
      fieldsOf(among, fragments).flatMap(({ name }) =>
        Object.hasOwn(table, name.value) ? (table[name.value] as readonly P[]) : [],
      ),
    );
  const session = needed(selections, SESSION_FIELDS);
  const ofAgents = [...selections, ...agents];
  const agent = needed(ofAgents, AGENT_FIELDS);
  // Of an append's payload they are listed as they are.
  const ofMessages = [...selections, ...messages, ...itemsOf(messages, fragments)];
  const message = needed(ofMessages, MESSAGE_FIELDS);
  return {
    session: SESSION_PARTS.filter((part) => session.has(part)),
    agent: AGENT_PARTS.filter((part) => agent.has(part)),
    message: messageParts([...message]),
    identities: fieldsOf(ofMessages, fragments).some(({ name }) => IDENTITY_FIELDS.has(name.value)),
    times: fieldsOf(ofAgents, fragments).some(({ name }) => TIME_FIELDS.has(name.value)),
  };
}

function under(selections: Selections, fragments: Info['fragments'], field: string): Selections {
  return fieldsOf(selections, fragments).flatMap(({ name, selectionSet }) =>
    name.value === field ? [selectionSet] : [],
  );
}

/** Whatever type a fragment is on. Ends: the limits of an operation have refused what is too large before it is executed. */
export function fieldsOf(selections: Selections, fragments: Info['fragments']): FieldNode[] {
  return selections.flatMap((set) =>
    (set?.selections ?? []).flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return [selection];
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments[selection.name.value]?.selectionSet;
      return fieldsOf([inner], fragments);
    }),
  );
}

/** Of a document that is kept, it is the same each time: nothing but a node and its document's fragments decides. */
function remembered(look: (info: Info) => AskedParts): (info: Info) => AskedParts {
  const known = new WeakMap<object, AskedParts>();
  return (info) => {
    // Several nodes come in a list that is made anew for each execution, and is the same for all items of a list.
    const [node, ...more] = info.fieldNodes;
    const key = node && more.length === 0 ? node : info.fieldNodes;
    const found = known.get(key);
    if (found) return found;
    const parts = look(info);
    known.set(key, parts);
    return parts;
  };
}
