import { chat, resumeServerSentEventsResponse, toServerSentEventsResponse } from '@tanstack/ai';
import { openStreams } from 'parley/tanstack-ai';
import { ScriptedAdapter } from './scripted-adapter.js';

const [sessionId = 'demo', content = 'Where is order 5?'] = process.argv.slice(2);

await using streams = await openStreams({
  path: './parley.db', // or server: createClient({ url }), of parley/client
  sessionId,
  applicationName: 'shop',
});

/** As the route of a page answers: what is said is on the disk before the page has it. */
function post(request: Request): Response {
  const stream = chat({ adapter: new ScriptedAdapter(), messages: [{ role: 'user', content }] });
  return toServerSentEventsResponse(stream, { durability: { adapter: streams.durability(request) } });
}

/** To a page that was cut off: what is behind the last event that it had. */
const get = (request: Request): Response =>
  resumeServerSentEventsResponse({ adapter: streams.durability(request) });

const url = 'http://shop.example/chat';
const headers = { 'X-Run-Id': crypto.randomUUID() };
const answer = await post(new Request(url, { method: 'POST', headers })).text();

// The last event of a page that was cut off behind the first words.
const [lastEventId = ''] = /[^ ]+(?=\ndata: .*"It was sent ")/.exec(answer) ?? [];
const rest = await get(new Request(url, { headers: { 'Last-Event-ID': lastEventId } })).text();

const said = (sse: string) => [...sse.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join('');
console.log(`All: ${said(answer)} Behind the first words: ${said(rest)}`);
