/** One POST with a JSON body. */
export type Request = (
  query: string,
  variables?: Record<string, unknown>,
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what each test asks for.
) => Promise<{ status: number; body: any }>;

/** Operations at an endpoint. */
export const requestAt =
  (url: string): Request =>
  async (query, variables = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, body: await response.json() };
  };
