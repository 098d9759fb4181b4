import { type Logger, pino } from 'pino';
import { openSqliteStore } from '../../../src/stores/sqlite/open.js';
import { makeTempFolder } from '../../support/temp-folder.js';

const silent = pino({ level: 'silent' });
export const log = silent;
export const NOW = new Date('2026-01-05T10:00:00.000Z');
export const guardrailEvent = {
  action: 'BLOCKED',
  timestamp: NOW,
  stopReason: null,
  policiesTriggered: null,
  trace: null,
};

/** A file in a folder of its own, and the stores that were opened on it. */
export async function useFile() {
  const folder = await makeTempFolder();
  const path = `${folder.path}/parley.db`;
  const opened: Awaited<ReturnType<typeof openSqliteStore>>[] = [];
  return {
    folder: folder.path,
    path,
    async open(
      options: {
        metadataIndexes?: string[];
        scanLimitMs?: number;
        openLimitMs?: number;
        erasedWithinMs?: number;
        readSliceMs?: number;
        mostLogBytes?: number;
        synchronous?: 'FULL' | 'NORMAL';
        serves?: boolean;
        log?: Logger;
      } = {},
    ) {
      const { metadataIndexes = [], synchronous = 'FULL', serves = false, log = silent, ...rest } = options;
      const store = await openSqliteStore({ path, synchronous, serves }, { metadataIndexes, log, ...rest });
      opened.push(store);
      return store;
    },
    async remove() {
      await Promise.all(opened.map((store) => store.close()));
      await folder.remove();
    },
  };
}

let serial = 0;
export const receipt = () => ({ mutation: 'm', keyHash: `key-${serial++}`, bodyHash: 'body' });

export function append(sessionId: string, agentId: string, texts: string[], now = NOW) {
  return {
    sessionId,
    agentId,
    messages: texts.map((text) => ({
      storageId: `${(serial++).toString(16).padStart(32, '0')}`,
      role: 'user' as const,
      content: [{ text }],
    })),
    createIfMissing: {
      sessionId,
      sessionType: 'AGENT',
      applicationName: 'app',
      viewerPassword: 'p',
      metadata: { user: { id: 'u' } },
    },
    now,
  };
}
