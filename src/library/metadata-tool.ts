import { badInput, ParleyError } from '../domain/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json/json-value.js';

import type { SessionManager } from './session-manager.js';

const ACTIONS = ['get', 'set', 'update', 'delete'] as const;

/** What a model is given, and what carries out its calls. */
export interface MetadataTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input. */
  readonly inputSchema: JsonObject;
  /** Never throws: what was wrong is in the result, for the model to read. */
  execute(input: unknown): Promise<MetadataToolResult>;
}

export type MetadataToolResult = { ok: true; metadata: JsonObject } | { ok: false; error: string };

/** Lets a model keep notes about its session, in the session's metadata. */
export function metadataTool(
  manager: Pick<SessionManager, 'getMetadata' | 'updateMetadata' | 'deleteMetadata'>,
): MetadataTool {
  return {
    name: 'manage_metadata',
    description:
      'Reads and writes the metadata of this session: facts that are to be remembered, as values at dotted paths such as "user.name".',
    inputSchema: {
      type: 'object',
      properties: {
        action: {
          type: 'string',
          enum: [...ACTIONS],
          description:
            'get reads (all, or the given paths); set and update write the given values and leave all others; delete removes the given paths.',
        },
        metadata: {
          type: 'object',
          description: 'For set and update: the values by dotted path, such as {"user.name": "Alice"}.',
        },
        paths: {
          type: 'array',
          items: { type: 'string' },
          description: 'For get and delete: dotted paths, such as ["user.name"].',
        },
      },
      required: ['action'],
    },
    async execute(input) {
      try {
        return { ok: true, metadata: await carryOut(manager, input) };
      } catch (error) {
        // What is not the model's doing is not for the model to read.
        if (error instanceof ParleyError) return { ok: false, error: error.message };
        return { ok: false, error: 'The metadata could not be reached.' };
      }
    },
  };
}

/** The metadata that was asked for, or what was written is now. */
async function carryOut(
  manager: Pick<SessionManager, 'getMetadata' | 'updateMetadata' | 'deleteMetadata'>,
  input: unknown,
): Promise<JsonObject> {
  if (!isJsonObject(input)) throw badInput('The input must be an object with an action.');
  const { action } = input;
  switch (action) {
    case 'get':
      return manager.getMetadata(
        input.paths === undefined || input.paths === null ? undefined : pathsOf(input.paths),
      );
    case 'set':
    case 'update': {
      const { metadata } = input;
      if (!isJsonObject(metadata))
        throw badInput(`${action} needs metadata: an object of values by dotted path.`);
      await manager.updateMetadata(metadata);
      return manager.getMetadata(Object.keys(metadata));
    }
    case 'delete':
      await manager.deleteMetadata(pathsOf(input.paths));
      return manager.getMetadata();
    default:
      throw badInput(`action must be one of ${ACTIONS.join(', ')}.`);
  }
}

function pathsOf(paths: JsonValue | undefined): string[] {
  if (Array.isArray(paths) && paths.every((path) => typeof path === 'string')) return paths as string[];
  throw badInput('paths must be a list of dotted paths, such as ["user.name"].');
}
