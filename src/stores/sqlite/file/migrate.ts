import type { Database } from 'better-sqlite3';
import { ParleyError } from '../../../domain/errors.js';
import { conversations } from '../migrations/001-conversations.js';
import { snapshots } from '../migrations/002-snapshots.js';
import { access } from '../migrations/003-access.js';
import { messageIdentities } from '../migrations/004-message-identities.js';
import { usageReadings } from '../migrations/005-usage-readings.js';
import { auditCounts } from '../migrations/006-audit-counts.js';
import { leases } from '../migrations/007-leases.js';

import { webhooks } from '../migrations/008-webhooks.js';

import { replies } from '../migrations/009-replies.js';
import { superseding } from '../migrations/010-superseding.js';
import { repliesByState } from '../migrations/011-replies-by-state.js';
import { unfinished } from '../migrations/012-unfinished.js';
import { repliesAtHand } from '../migrations/013-replies-at-hand.js';
import { agentValues } from '../migrations/014-agent-values.js';
import { changesNumbered } from '../migrations/015-changes-numbered.js';
import { listedBytes } from '../migrations/016-listed-bytes.js';
import { touched } from '../migrations/017-touched.js';
import { deadLetters } from '../migrations/018-dead-letters.js';

/** In order; number n brings a file from version n to n + 1. One that was released is never changed. */
const MIGRATIONS: readonly (string | ((db: Database) => void))[] = [
  conversations,
  snapshots,
  access,
  messageIdentities,
  usageReadings,
  auditCounts,
  leases,
  webhooks,
  replies,
  superseding,
  repliesByState,
  unfinished,
  repliesAtHand,
  agentValues,
  changesNumbered,
  listedBytes,
  touched,
  deadLetters,
];

/** The `user_version` of a file that this code reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Brings the file to `SCHEMA_VERSION`, all or nothing; safe where several processes start at once. */
export function migrate(db: Database): void {
  const versionOf = () => db.pragma('user_version', { simple: true }) as number;
  if (versionOf() === SCHEMA_VERSION) return;
  db.transaction(() => {
    const version = versionOf();
    if (version > SCHEMA_VERSION) {
      throw new ParleyError(
        'STORE_UNAVAILABLE',
        `The database has schema version ${version}, and this Parley knows versions up to ${SCHEMA_VERSION}. Run a newer Parley, or use another file.`,
      );
    }
    for (const migration of MIGRATIONS.slice(version)) {
      if (typeof migration === 'string') db.exec(migration);
      else migration(db);
    }
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}
