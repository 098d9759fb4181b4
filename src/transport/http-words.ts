import type { IncomingMessage, ServerResponse } from 'node:http';
import { readAccept } from './accept.js';
import { refuse, send } from './http-answer.js';
import { quoted } from './quoted.js';

const WHAT = 'This is Parley, a GraphQL server for the conversations of AI agents.';
const TEXT = { 'content-type': 'text/plain; charset=utf-8' } as const;

/** To whoever opens the address of the API without an operation: a reader in a browser, or a program that forgot it. */
export function greet(req: IncomingMessage, res: ServerResponse, path: string): void {
  if (!readAccept(req.headers.accept).page) {
    const message = `${WHAT} This GET has no query. POST a JSON object such as {"query":"{ __typename }"} with content-type application/json, or GET ${path}?query={__typename}.`;
    refuse(req, res, { status: 400, code: 'BAD_REQUEST', message });
    return;
  }
  send(
    res,
    200,
    TEXT,
    `${WHAT}
It shows no pages: this address answers operations.

Read in this browser:
  ${path}?query={sessions(first:5){nodes{sessionId,messageCount}}}

Or send an operation from a terminal or a program, where a server asks for it with the header "authorization: Bearer ..." and an API key or token:
  curl -s ADDRESS${path} -H 'content-type: application/json' -d '{"query":"{ sessions(first: 5) { nodes { sessionId } } }"}'

Subscriptions run at this address too, over WebSocket (graphql-transport-ws), or as server-sent events (accept: text/event-stream).
"parley schema" prints the schema. README.md and docs/ say the rest, docs/live.md how to follow a conversation, docs/errors.md what each error code means.
`,
  );
}

/** Where there is nothing: what this is, and where it is. */
export function nothingThere(req: IncomingMessage, res: ServerResponse, path: string, graphql: string): void {
  const where = `GraphQL is at ${graphql}`;
  const message =
    path === '/'
      ? `${WHAT} ${where}, whether it runs at /health, whether it is ready at /ready.`
      : `There is nothing at ${quoted(path)}. ${where}.`;
  if (readAccept(req.headers.accept).page) send(res, 404, TEXT, `${message}\n`);
  else refuse(req, res, { status: 404, code: 'BAD_REQUEST', message });
}
