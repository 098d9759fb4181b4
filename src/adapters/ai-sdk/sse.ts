import type { JsonObject } from '../../domain/json/json-value.js';

/** The chunks of a stream of server-sent events; its comments and its end are none. `onIdle`: whether it waits for the next one. */
export async function* chunksIn(
  stream: ReadableStream<string>,
  onIdle: (idle: boolean) => void,
): AsyncGenerator<JsonObject, void, undefined> {
  const reader = stream.getReader();
  let rest = '';
  for (;;) {
    onIdle(true);
    const { value, done } = await reader.read();
    onIdle(done);
    if (done) return;
    const events = (rest + value).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      if (event.startsWith('data: {')) yield JSON.parse(event.slice('data: '.length)) as JsonObject;
    }
  }
}
