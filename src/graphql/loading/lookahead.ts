import {
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  getArgumentValues,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { AgentsRequest, MessageWindow } from '../../domain/sessions/session-store.js';
import { MAX_PAGE, type MessagePageArguments, pageSize, standingOf } from '../paging.js';
import { partsOfItem } from './selected-parts.js';

/**
 * Sibling fields of a list share their nodes: they are looked at once. By execution, which the variables stand for,
 * because nodes may outlive it and sizes may be variables; where none is, once for the document.
 */
const known = new WeakMap<object, WeakMap<object, readonly MessageWindow[]>>();
const ALWAYS = {};

/** What is asked of the agents that a field gives. */
export function agentsBelow(
  info: GraphQLResolveInfo,
): Pick<AgentsRequest, 'windows' | 'parts' | 'messageParts' | 'identities' | 'times'> {
  const { agent: parts, message: messageParts, identities, times } = partsOfItem(info);
  return { windows: messageWindowsBelow(info), parts, messageParts, identities, times };
}

/**
 * The pages of messages that are asked for directly below an agent field, so that they are loaded together with the agents.
 * Only those that are the same for every agent, without a cursor or a position; a resolver loads any other itself.
 */
function messageWindowsBelow(info: GraphQLResolveInfo): readonly MessageWindow[] {
  // Several nodes come in a list that is made anew for each execution.
  const [node, ...more] = info.fieldNodes;
  const key = node && more.length === 0 ? node : info.fieldNodes;
  const found = known.get(ALWAYS)?.get(key) ?? known.get(info.variableValues)?.get(key);
  if (found) return found;
  const windows: Windows = { asked: new Map(), bySizes: false };
  for (const one of info.fieldNodes) collect(one.selectionSet, info, windows);
  const distinct = [...windows.asked.values()];
  const scope = windows.bySizes ? info.variableValues : ALWAYS;
  const inScope = known.get(scope) ?? new WeakMap();
  known.set(scope, inScope.set(key, distinct));
  return distinct;
}

/** `bySizes`: variables decide. */
interface Windows {
  asked: Map<string, MessageWindow>;
  bySizes: boolean;
}

function collect(selections: SelectionSetNode | undefined, info: GraphQLResolveInfo, windows: Windows): void {
  for (const selection of selections?.selections ?? []) {
    if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, info, windows);
    else if (selection.kind === Kind.FRAGMENT_SPREAD)
      collect(info.fragments[selection.name.value]?.selectionSet, info, windows);
    else if (selection.name.value === 'messages') {
      windows.bySizes ||= (selection.arguments ?? []).some(({ value }) => value.kind === Kind.VARIABLE);
      const window = windowOf(selection, info);
      if (window) windows.asked.set(JSON.stringify(window), window);
    }
  }
}

function windowOf(node: FieldNode, info: GraphQLResolveInfo): MessageWindow | null {
  const agent = info.schema.getType('Agent') as GraphQLObjectType;
  const messages = agent.getFields().messages;
  if (!messages) return null;
  const page = getArgumentValues(messages, node, info.variableValues) as MessagePageArguments;
  if (typeof page.after === 'string' || typeof page.before === 'string') return null;
  if (typeof page.from === 'number') return null;
  if (typeof page.first === 'number' && typeof page.last === 'number') return null;
  if (
    (page.first ?? 0) > MAX_PAGE ||
    (page.last ?? 0) > MAX_PAGE ||
    (page.first ?? 0) < 0 ||
    (page.last ?? 0) < 0
  )
    return null;
  const { size, backward } = pageSize(page);
  return { ...(backward ? { last: size } : { first: size }), ...standingOf(page) };
}
