import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from './config.js';
import { timedHooks } from './domain/access/hook-time.js';
import type { FeedbackHook, Hooks, MetadataHook } from './domain/access/hook-types.js';

/** How long a hook may take, without what it waits for inside of it. */
const HOOK_MS = 30_000;

const NAMES = ['metadataHook', 'feedbackHook'] as const;

/**
 * The hooks of a module: it exports `metadataHook`, `feedbackHook` or both, each a function or a list of them. ConfigError
 * where it cannot be loaded or exports something else.
 */
export async function loadHooks(path: string): Promise<Hooks> {
  const wrong = (expected: string) =>
    new ConfigError([{ name: 'HOOKS', value: JSON.stringify(path), expected }]);
  let exported: Record<string, unknown>;
  try {
    exported = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    const [reason] = String((error as Error)?.message ?? error).split('\n');
    throw wrong(`the module cannot be loaded: ${reason}`);
  }
  const hooksOf = (name: string): unknown[] => {
    const hook = exported[name];
    const hooks = hook === undefined ? [] : Array.isArray(hook) ? hook : [hook];
    if (hooks.every((one) => typeof one === 'function')) return hooks;
    throw wrong(`it exports ${name}, which must be a function or a list of functions`);
  };
  const [metadata, feedback] = NAMES.map(hooksOf);
  if (metadata?.length === 0 && feedback?.length === 0)
    throw wrong(`it exports neither ${NAMES.join(' nor ')}`);
  return timedHooks({ metadata: metadata as MetadataHook[], feedback: feedback as FeedbackHook[] }, HOOK_MS);
}
