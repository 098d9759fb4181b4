import { isJsonObject, type JsonObject } from '../json/json-value.js';

/** The calls in a message, by their `toolUseId`, that wait for an approval: what its framework tells at `framework.approvals`. */
export function approvalsOf(metadata: JsonObject): string[] {
  const { framework } = metadata;
  const approvals = isJsonObject(framework) ? framework.approvals : undefined;
  return Array.isArray(approvals) ? approvals.filter((id) => typeof id === 'string') : [];
}
