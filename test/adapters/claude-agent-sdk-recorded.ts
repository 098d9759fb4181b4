import { readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SessionKey, TranscriptEntry } from '../../src/adapters/claude-agent-sdk/index.js';

const FOLDER = new URL('../fixtures/claude-agent-sdk/', import.meta.url);
const AGENT = 'agent-aae780043be556949';

const entriesOf = (name: string): TranscriptEntry[] =>
  readFileSync(new URL(`${name}.jsonl`, FOLDER), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/**
 * What version 2.1.332 of Claude Code gave to a session store in seven turns, asked by the SDK 0.3.332 and answered by a scripted model: a picture,
 * thoughts, calls side by side, a subagent, a tool that failed, a search of the provider's, a compaction, a title. Long texts and lists of
 * attachments are cut.
 */
export const MAIN = entriesOf('main');
export const SUBAGENT = entriesOf(AGENT);
export const RECORDED: SessionKey = {
  projectKey: '-home-alice-shop',
  sessionId: '3218869c-9110-4c91-84a3-883031c35a43',
};
export const SUBPATH = `subagents/${AGENT}`;

/** It under another name. */
export const recordedAs = (key: SessionKey): { key: SessionKey; entries: TranscriptEntry[] }[] => [
  { key, entries: MAIN.slice(0, 30) },
  { key, entries: MAIN.slice(30, 44) },
  { key: { ...key, subpath: SUBPATH }, entries: SUBAGENT },
  { key, entries: MAIN.slice(44, 90) },
  { key, entries: MAIN.slice(90) },
];

/** It on the disk, as Claude Code keeps it there. */
export async function writeLocally(configFolder: string): Promise<void> {
  const project = join(configFolder, 'projects', RECORDED.projectKey);
  const beside = join(project, RECORDED.sessionId, 'subagents');
  await mkdir(beside, { recursive: true });
  await cp(fileURLToPath(new URL('main.jsonl', FOLDER)), join(project, `${RECORDED.sessionId}.jsonl`));
  const lines = SUBAGENT.filter(({ type }) => type !== 'agent_metadata').map((entry) =>
    JSON.stringify(entry),
  );
  await writeFile(join(beside, `${AGENT}.jsonl`), `${lines.join('\n')}\n`);
  const { type: _type, ...about } = SUBAGENT.findLast(({ type }) => type === 'agent_metadata') ?? {
    type: '',
  };
  await writeFile(join(beside, `${AGENT}.meta.json`), JSON.stringify(about));
}
