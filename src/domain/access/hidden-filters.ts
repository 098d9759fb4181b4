import { ParleyError } from '../errors.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import { getPath, setPath } from '../sessions/metadata-path.js';
import type { MetadataCondition, SessionFilter } from '../sessions/session-store.js';
import { metadataThrough } from './hook-chain.js';
import type { MetadataHook } from './hook-types.js';

/** Values that no hook has a reason to look for. */
const PROBES: readonly JsonValue[] = ['7f0c1e5b', 7_010_543];

/**
 * A filter compares what is stored: asked often enough, it would tell a value that the hooks hide. So they are asked first, with
 * made-up metadata, whether they show what lies at each path that the filter names. FORBIDDEN where they do not, and where
 * whole objects or lists are compared, of which they may hide a part.
 */
export async function refuseHidden(hooks: readonly MetadataHook[], filter: SessionFilter): Promise<void> {
  if (hooks.length === 0) return;
  const conditions = conditionsOf(filter);
  for (const { path, equals, in: among = [] } of conditions) {
    if ([equals, ...among].some((value) => typeof value === 'object' && value !== null)) {
      throw hidden(path, 'whole objects and lists');
    }
  }
  for (const path of new Set(conditions.map((condition) => condition.path))) {
    for (const probe of PROBES) if (!(await shows(hooks, path, probe))) throw hidden(path, 'it');
  }
}

const conditionsOf = ({ metadata = [], and = [], or = [], not }: SessionFilter): MetadataCondition[] => [
  ...metadata,
  ...[...and, ...or, ...(not ? [not] : [])].flatMap(conditionsOf),
];

async function shows(hooks: readonly MetadataHook[], path: string, probe: JsonValue): Promise<boolean> {
  const metadata: JsonObject = {};
  setPath(metadata, path, probe);
  try {
    const shown = await metadataThrough(hooks, metadata, { sessionId: '', filter: path });
    return getPath(shown, path) === probe;
  } catch {
    // A hook that cannot do with made-up metadata hides what it would have shown.
    return false;
  }
}

const hidden = (path: string, what: string) =>
  new ParleyError(
    'FORBIDDEN',
    `The metadata at ${JSON.stringify(path)} cannot be filtered by: a hook of this server may hide ${what}.`,
  );
