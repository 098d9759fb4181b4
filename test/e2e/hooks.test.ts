import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connect, follow } from '../support/live-client.js';
import { startParley } from '../support/parley-process.js';
import { makeTempFolder } from '../support/temp-folder.js';

const PARLEY = new URL('../../dist/index.js', import.meta.url).href;
const HOOKS = `
import { ParleyError } from '${PARLEY}';

export const metadataHook = [
  async (next, action) => {
    if (action !== 'get') return next();
    const { internal, ...shown } = await next();
    return shown;
  },
  (next, action, { set }) => {
    if (action === 'update' && set.forbidden) throw new Error('a secret reason');
    if (action === 'update' && set.readOnly) throw new ParleyError('FORBIDDEN', 'readOnly is set by nobody');
    return action === 'update' ? next({ ...set, internal: 'stamped' }) : next();
  },
];
export const feedbackHook = (next, action, { feedback }) => next({ ...feedback, comment: 'moderated' });
`;

let folder: Awaited<ReturnType<typeof makeTempFolder>>;
beforeAll(async () => {
  folder = await makeTempFolder();
  await writeFile(join(folder.path, 'hooks.mjs'), HOOKS);
  await writeFile(join(folder.path, 'none.mjs'), 'export default 1;');
  await writeFile(join(folder.path, 'wrong.mjs'), 'export const metadataHook = [1];');
  await writeFile(join(folder.path, 'broken.mjs'), 'export const = ;');
});
afterAll(() => folder.remove());

const serve = (hooks: string) =>
  startParley(['serve', '--hooks', hooks], {
    cwd: folder.path,
    env: { PORT: '0', SQLITE_PATH: join(folder.path, 'parley.db'), LOG_LEVEL: 'silent' },
  });

describe('parley serve --hooks', () => {
  it('puts the hooks around what comes over GraphQL, and around what subscribers see', async () => {
    const server = serve('./hooks.mjs');
    const url = await server.listening();
    const ask = async (query: string) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
      // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what each test asks for.
      return (await response.json()) as any;
    };
    await ask('mutation { createSession(input: {sessionId: "s"}) { session { id } } }');
    const client = connect(url);
    onTestFinished(() => void client.dispose());
    const feed = follow(
      client,
      'subscription { sessionEvents(sessionId: "s") { __typename ... on MetadataChanged { session { metadata } } } }',
    );
    await feed.next();

    const update =
      'mutation { updateMetadata(input: {sessionId: "s", set: {topic: "order"}}) { session { metadata } } }';
    const shown = { metadata: { topic: 'order' } };
    expect(await ask(update)).toEqual({ data: { updateMetadata: { session: shown } } });
    expect(await feed.next()).toEqual({ __typename: 'MetadataChanged', session: shown });
    // A filter compares what is stored: what the hooks show may be asked for, what they hide may not.
    const listed = (path: string, value: string) =>
      ask(`{ sessions(filter: {metadata: [{path: "${path}", eq: "${value}"}]}) { nodes { metadata } } }`);
    expect(await listed('topic', 'order')).toEqual({ data: { sessions: { nodes: [shown] } } });
    expect((await listed('internal', 'stamped')).errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN' } },
    ]);

    const add = 'mutation { addFeedback(input: {sessionId: "s", rating: UP}) { feedback { comment } } }';
    expect(await ask(add)).toEqual({ data: { addFeedback: { feedback: { comment: 'moderated' } } } });

    const refused = await ask(
      'mutation { updateMetadata(input: {sessionId: "s", set: {forbidden: 1}}) { session { id } } }',
    );
    expect(refused.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(JSON.stringify(refused)).not.toContain('secret');
    const told = await ask(
      'mutation { updateMetadata(input: {sessionId: "s", set: {readOnly: 1}}) { session { id } } }',
    );
    expect(told.errors).toMatchObject([
      { message: 'readOnly is set by nobody', extensions: { code: 'FORBIDDEN' } },
    ]);
    expect((await ask('{ session(sessionId: "s") { metadata } }')).data.session).toEqual(shown);
  });

  it.each([
    ['./missing.mjs', /HOOKS is "\.\/missing\.mjs", but the module cannot be loaded/],
    ['./broken.mjs', /HOOKS is "\.\/broken\.mjs", but the module cannot be loaded/],
    ['./none.mjs', /exports neither metadataHook nor feedbackHook/],
    ['./wrong.mjs', /exports metadataHook, which must be a function or a list of functions/],
  ])('refuses %s in one line', async (hooks, reason) => {
    const { code, stdout, stderr } = await serve(hooks).exited;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^parley: [^\n]+\n$/);
    expect(stderr).toMatch(reason);
  });
});
