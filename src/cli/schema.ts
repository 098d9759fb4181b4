import { lexicographicSortSchema, printSchema } from 'graphql';
import { createSchema } from '../graphql/schema.js';

/** The whole schema as one text: each type once, with what extends it, and with its descriptions. The build writes it into a file. */
export const schemaText = (): string => `${printSchema(lexicographicSortSchema(createSchema()))}\n`;
