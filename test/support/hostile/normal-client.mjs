// A client as it should be, in a process of its own: told `{ url, requests }` over IPC, it makes so many requests, two at a
// time, and answers with what failed and how long they took, in milliseconds.
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 2 });
const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { position } } }`;
const READ = `{ session(sessionId: "normal") { agents { messages(last: 20) { nodes { position text } } } } }`;
const LIST = `{ sessions(first: 20) { nodes { sessionId updatedAt } pageInfo { hasNextPage } } }`;
const input = {
  sessionId: 'normal',
  agentId: 'a',
  createIfMissing: true,
  messages: [{ role: 'USER', text: 'Hello' }],
};
const KINDS = [{ query: APPEND, variables: { input } }, { query: READ }, { query: LIST }, { query: READ }];

function ask(url, body) {
  return new Promise((resolve) => {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const asked = request(url, { method: 'POST', agent, headers }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (piece) => {
        answer += piece;
      });
      response.on('end', () =>
        resolve(response.statusCode === 200 && !answer.includes('"errors"') ? null : answer),
      );
    });
    asked.on('error', (error) => {
      // A connection that the server has closed while it was idle, as it may: once more on a new one.
      if (asked.reusedSocket && error.code === 'ECONNRESET') ask(url, body).then(resolve);
      else resolve(String(error));
    });
    asked.end(text);
  });
}

process.on('message', async ({ url, requests }) => {
  const times = [];
  const failures = [];
  let next = 0;
  const one = async () => {
    while (next < requests) {
      const started = performance.now();
      const failure = await ask(url, KINDS[next++ % KINDS.length]);
      times.push(performance.now() - started);
      if (failure) failures.push(failure);
    }
  };
  await Promise.all([one(), one()]);
  times.sort((a, b) => a - b);
  const at = (share) => Math.round(times[Math.floor((times.length - 1) * share)] * 100) / 100;
  process.send({ failures: failures.slice(0, 5), p50: at(0.5), p99: at(0.99), max: at(1) });
});
