import { describe } from 'vitest';
import { agentSentences } from './agents.js';
import { appendingSentences } from './appending.js';
import { batchedReadSentences } from './batched-reads.js';
import { closingSentences } from './closing.js';
import { contentSentences } from './content.js';
import { feedbackSentences } from './feedback.js';
import { filterSentences } from './filters.js';
import { findingSentences } from './finding.js';
import { guardrailEventSentences } from './guardrail-events.js';
import { historySentences } from './history.js';
import { instanceSentences } from './instances.js';
import { liveChangeSentences } from './live-changes.js';
import { liveResumeSentences } from './live-resume.js';
import { messageWindowSentences } from './message-windows.js';
import { metadataSentences } from './metadata.js';
import { metadataFilterSentences } from './metadata-filters.js';
import { metricsSentences } from './metrics.js';
import { randomWriteSentences } from './random-writes.js';
import { receiptSentences } from './receipts.js';
import { redactionSentences } from './redaction.js';
import { repeatedAppendSentences } from './repeated-appends.js';
import { sessionSentences } from './sessions.js';
import { snapshotSentences } from './snapshots.js';
import type { StoreSetup } from './stage.js';
import { viewerPasswordSentences } from './viewer-passwords.js';

/** What a caller may rely on, whichever store it is. Each group has a database of its own from `setup`. */
export function sessionStoreContract(name: string, setup: StoreSetup): void {
  describe(`the session store on ${name}`, () => {
    sessionSentences(setup);
    snapshotSentences(setup);
    agentSentences(setup);
    appendingSentences(setup);
    contentSentences(setup);
    repeatedAppendSentences(setup);
    receiptSentences(setup);
    redactionSentences(setup);
    guardrailEventSentences(setup);
    viewerPasswordSentences(setup);
    metadataSentences(setup);
    feedbackSentences(setup);
    metricsSentences(setup);
    findingSentences(setup);
    filterSentences(setup);
    metadataFilterSentences(setup);
    batchedReadSentences(setup);
    messageWindowSentences(setup);
    liveChangeSentences(setup);
    liveResumeSentences(setup);
    historySentences(setup);
    instanceSentences(setup);
    randomWriteSentences(setup);
    closingSentences(setup);
  });
}
