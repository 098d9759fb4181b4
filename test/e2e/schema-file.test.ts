import { readFile } from 'node:fs/promises';
import { buildSchema, Kind, parse, printSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/schema.js';
import { spawnParley } from '../support/parley-process.js';

describe('the schema as one file', () => {
  it('is printed by parley schema, and is in the package', async () => {
    const { code, stdout, stderr } = await spawnParley(['schema']).exited;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await readFile(new URL('../../dist/schema.graphql', import.meta.url), 'utf8')).toBe(stdout);
    const { exports, files } = JSON.parse(
      await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    expect(exports['./schema.graphql']).toBe('./dist/schema.graphql');
    expect(files).toContain('dist');
  });

  it('has each type once, with what extends it and with its description', async () => {
    const text = await readFile(new URL('../../dist/schema.graphql', import.meta.url), 'utf8');
    const { definitions } = parse(text);
    expect(definitions.filter(({ kind }) => kind.endsWith('Extension'))).toEqual([]);
    for (const one of definitions) {
      if (one.kind !== Kind.SCHEMA_DEFINITION) expect(one).toHaveProperty('description.value');
    }
    const types = Object.keys(createSchema().getTypeMap());
    expect(Object.keys(buildSchema(text).getTypeMap()).sort()).toEqual(types.sort());
    expect(printSchema(buildSchema(text))).toContain('serverStatus');
  });
});
