import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  getIntrospectionQuery,
  graphqlSync,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { expect, it } from 'vitest';
import { createPreparer } from '../../../src/graphql/prepare-operation.js';
import { createSchema } from '../../../src/graphql/schema.js';

const schema = createSchema();
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
const described = types.filter(({ name }) => !['ID', 'String', 'Int', 'Float', 'Boolean'].includes(name));

it('describes every type, field, argument and value', () => {
  const missing: string[] = [];
  for (const type of described) {
    if (!type.description) missing.push(type.name);
    if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        if (!field.description) missing.push(`${type.name}.${field.name}`);
        for (const argument of 'args' in field ? field.args : []) {
          if (!argument.description) missing.push(`${type.name}.${field.name}(${argument.name})`);
        }
      }
    }
    if (isEnumType(type)) {
      for (const value of type.getValues())
        if (!value.description) missing.push(`${type.name}.${value.name}`);
    }
  }
  expect(missing).toEqual([]);
});

it.each(['Event', 'ContentBlock'])(
  'gives fields of one name the same type in all of %s, so that one query can ask for all',
  (name) => {
    const abstract = schema.getType(name);
    if (!isAbstractType(abstract)) throw new Error(`${name} is an interface or a union`);
    const seen = new Map<string, Set<string>>();
    for (const type of schema.getPossibleTypes(abstract)) {
      for (const field of Object.values(type.getFields())) {
        seen.set(field.name, (seen.get(field.name) ?? new Set()).add(String(field.type)));
      }
    }
    expect([...seen].filter(([, kinds]) => kinds.size > 1)).toEqual([]);
  },
);

it('has the scalars that its documents name', () => {
  for (const name of ['DateTime', 'JSON', 'JSONObject', 'Long']) {
    expect(schema.getType(name)?.name).toBe(name);
  }
  expect(described.map(({ name }) => name).filter((name) => name.endsWith('ISO'))).toEqual([]);
});

it('lets the standard introspection query pass its limits', () => {
  const source = getIntrospectionQuery();
  expect(createPreparer(schema)({ query: source })).toHaveProperty('document');
  expect(graphqlSync({ schema, source }).errors).toBeUndefined();
});

it('has generated types that are not stale', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-codegen-'));
  try {
    const generated = 'src/graphql/generated/types.ts';
    const config = join(folder, 'codegen.yml');
    const target = join(folder, 'types.ts');
    writeFileSync(
      config,
      readFileSync('codegen.yml', 'utf8')
        .replace(generated, target)
        .replace('schema/*.graphql', join(process.cwd(), 'schema/*.graphql')),
    );
    execFileSync('npx', ['graphql-codegen', '--config', config], { stdio: 'pipe' });
    const imports = (text: string) => text.replaceAll(/from '[./]*\//g, "from '");
    expect(imports(readFileSync(target, 'utf8'))).toBe(imports(readFileSync(generated, 'utf8')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
