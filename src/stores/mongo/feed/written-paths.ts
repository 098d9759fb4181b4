import { type Doc, isDoc } from '../documents/bson-json.js';

/** What one update wrote below one agent. */
export interface AgentPaths {
  /** `agents.<id>` itself; undefined where it was not written whole, null where it was removed. */
  whole?: unknown;
  /** `agents.<id>.messages` itself; null where it was removed. */
  list?: unknown;
  /** Elements written whole, by index. */
  elements: Map<number, unknown>;
  /** Elements of which a part was written. */
  leaves: Set<number>;
  /** The new length of the list where it was shortened. */
  truncatedTo?: number;
  /** Something below `agent_data`, or a field that Parley does not know. */
  data: boolean;
  /** The agent's dates. */
  touched: boolean;
}

/** The paths of one `updateDescription`, sorted by what they mean. */
export interface WrittenPaths {
  /** `agents` itself. */
  allAgents?: { value: unknown };
  agents: Map<string, AgentPaths>;
  metadata: boolean;
  /** Indices of new feedback. */
  feedback: number[];
  rest: boolean;
  /** The root's `updated_at`. */
  touched: boolean;
  /** One of Parley's receipts was written: the update is Parley's own. */
  receipt: boolean;
}

/**
 * The second component of a path below `agents` is always an agent id and the fourth an index, numeric or not: the
 * documents have a fixed shape. Nothing relies on the order of the paths.
 */
export function sortWrittenPaths(description: Doc): WrittenPaths {
  const written: WrittenPaths = {
    agents: new Map(),
    metadata: false,
    feedback: [],
    rest: false,
    touched: false,
    receipt: false,
  };
  for (const [path, value] of Object.entries(
    isDoc(description.updatedFields) ? description.updatedFields : {},
  )) {
    sort(written, path, value);
  }
  for (const path of Array.isArray(description.removedFields) ? description.removedFields : []) {
    // Receipts are removed when they are old, by whatever is written then.
    if (typeof path === 'string' && !path.startsWith('parley_receipts')) sort(written, path, null);
  }
  for (const cut of Array.isArray(description.truncatedArrays) ? description.truncatedArrays : []) {
    if (isDoc(cut)) sortTruncated(written, String(cut.field), Number(cut.newSize));
  }
  written.feedback.sort((a, b) => a - b);
  return written;
}

function sort(written: WrittenPaths, path: string, value: unknown): void {
  const [root, second, ...below] = path.split('.') as [string, ...string[]];
  if (root === 'agents') {
    if (second === undefined) written.allAgents = { value };
    else sortBelowAgent(pathsOf(written, second), below, value);
  } else if (root === 'metadata') {
    written.metadata = true;
  } else if (root === 'feedbacks') {
    sortFeedback(written, second, below, value);
  } else if (root === 'parley_receipts') {
    written.receipt = true;
  } else if (root === 'updated_at') {
    written.touched = true;
  } else if (root !== 'session_viewer_password') {
    written.rest = true;
  }
}

function sortBelowAgent(paths: AgentPaths, below: string[], value: unknown): void {
  const [field, index, leaf] = below;
  if (field === undefined) paths.whole = value;
  else if (field === 'updated_at' || field === 'created_at') paths.touched = true;
  else if (field === 'agent_data' && index === 'updated_at') paths.touched = true;
  // Written with the messages that it is about.
  else if (field === 'parley_messages') return;
  else if (field !== 'messages') paths.data = true;
  else if (index === undefined) paths.list = value;
  // Of what is no list nothing is a message.
  else if (!isIndex(index)) paths.data = true;
  else if (leaf === undefined) paths.elements.set(Number(index), value);
  else paths.leaves.add(Number(index));
}

/** Of a list that a document can hold. */
const isIndex = (segment: string): boolean => /^\d{1,8}$/.test(segment);

/** The first feedback of a session arrives as the whole list of one. */
function sortFeedback(
  written: WrittenPaths,
  index: string | undefined,
  below: string[],
  value: unknown,
): void {
  if (index === undefined && Array.isArray(value) && value.length === 1) written.feedback.push(0);
  else if (index !== undefined && isIndex(index) && below.length === 0 && isDoc(value))
    written.feedback.push(Number(index));
  else written.rest = true;
}

function sortTruncated(written: WrittenPaths, path: string, newSize: number): void {
  const [root, second, field, ...below] = path.split('.') as [string, ...string[]];
  if (root === 'agents' && second !== undefined && field === 'messages') {
    const paths = pathsOf(written, second);
    if (below[0] === undefined) paths.truncatedTo = newSize;
    else if (isIndex(below[0])) paths.leaves.add(Number(below[0]));
    else paths.data = true;
  } else {
    sort(written, path, undefined);
  }
}

function pathsOf(written: WrittenPaths, agentId: string): AgentPaths {
  const found = written.agents.get(agentId);
  if (found) return found;
  const paths: AgentPaths = { elements: new Map(), leaves: new Set(), data: false, touched: false };
  written.agents.set(agentId, paths);
  return paths;
}
