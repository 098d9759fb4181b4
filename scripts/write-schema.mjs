// The schema as one file for code generators, beside the program that was just built.
import { writeFile } from 'node:fs/promises';
import { schemaText } from '../dist/cli/schema.js';

await writeFile(new URL('../dist/schema.graphql', import.meta.url), schemaText());
