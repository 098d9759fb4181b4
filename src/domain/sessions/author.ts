import { isJsonObject, type JsonObject } from '../json/json-value.js';

/**
 * What the framework that wrote a message calls its author, where that is neither user nor assistant: `system`, `developer`, `tool`, or an
 * agent's name. It stands in the metadata, at `framework.author` (docs/adapters.md). Null where nothing does.
 */
export function authorOf(metadata: JsonObject | null): string | null {
  const framework = metadata?.framework;
  const author = isJsonObject(framework) ? framework.author : undefined;
  return typeof author === 'string' && author !== '' ? author : null;
}
