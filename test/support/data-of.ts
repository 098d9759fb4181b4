import { expect } from 'vitest';
import type { Request } from './request.js';

/** What is answered, where nothing fails. */
export async function dataOf(
  server: { request: Request },
  query: string,
  variables: Record<string, unknown> = {},
) {
  const { status, body } = await server.request(query, variables);
  expect(body.errors).toBeUndefined();
  expect(status).toBe(200);
  return body.data;
}
