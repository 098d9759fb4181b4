/** What stands between two empty lines of an event stream: an event, or a comment. */
export interface Block {
  event: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: the shape of a result is what each test asks for.
  data: any;
}

export interface OpenStream {
  response: Response;
  /** The next block, comments too; null at the end. Rejects where the connection breaks. */
  block(): Promise<Block | null>;
  /** The next that is no comment. */
  next(): Promise<Block | null>;
  leave(): void;
}

/** Asks for server-sent events by fetch alone, as graphql-sse's protocol has it. */
export async function openStream(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  { method = 'POST', headers = {} }: { method?: 'GET' | 'POST'; headers?: Record<string, string> } = {},
): Promise<OpenStream> {
  const leaving = new AbortController();
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const response = await fetch(method === 'GET' ? `${url}?${search}` : url, {
    method,
    headers: {
      accept: 'text/event-stream',
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(method === 'POST' ? { body: JSON.stringify({ query, variables }) } : {}),
    signal: leaving.signal,
  });
  const chunks = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';

  async function block(): Promise<Block | null> {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end !== -1) {
        const lines = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        const value = (name: string) =>
          lines
            .find((line) => line.startsWith(`${name}:`))
            ?.slice(name.length + 1)
            .trim() ?? null;
        return { event: value('event'), data: JSON.parse(value('data') || 'null') };
      }
      const { value, done } = await chunks.read();
      if (done) return null;
      text += decoder.decode(value, { stream: true });
    }
  }

  return {
    response,
    block,
    async next() {
      for (;;) {
        const found = await block();
        if (found === null || found.event !== null) return found;
      }
    },
    leave: () => leaving.abort(),
  };
}
