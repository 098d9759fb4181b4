import { spawn } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type KillableServer, startKillable } from '../support/killable-server.js';
import { namedBlocks, runShell, shellBlocks } from '../support/page-blocks.js';
import { printed } from '../support/printed.js';
import { startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';

const ADDRESS = '127.0.0.1:4000';
/** For the page's script outside of a browser: what it shows is printed at each change. */
const DOCUMENT = `
const paragraphs = [];
globalThis.document = {
  querySelector: () => ({ appendChild: (paragraph) => (paragraphs.push(paragraph), paragraph) }),
  createElement: () => ({ set textContent(text) { console.log('shown: ' + text); } }),
};
`;

let folder: Awaited<ReturnType<typeof makeTempFolder>>;
let page = '';
beforeAll(async () => {
  folder = await makeTempFolder();
  page = await readFile(new URL('../../docs/replies.md', import.meta.url), 'utf8');
  await symlink(
    fileURLToPath(new URL('../../node_modules', import.meta.url)),
    join(folder.path, 'node_modules'),
  );
  await writeFile(join(folder.path, 'package.json'), '{"type": "module"}');
});
afterAll(() => folder.remove());

/** Asked until it is answered: the server may be killed under it. */
async function mutate(server: KillableServer, name: string, input: object, selection: string) {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`;
  for (;;) {
    await server.up();
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query, variables: { input } });
    const answer = await fetch(server.url, { method: 'POST', headers, body }).then(
      // biome-ignore lint/suspicious/noExplicitAny: the shape is what is selected.
      (response) => response.json() as Promise<any>,
      () => null,
    );
    if (answer) return { data: answer.data?.[name], error: answer.errors?.[0]?.extensions };
  }
}

const PAGES: [name: string, shows: string, says: string][] = [
  ['chat.html', 'shown: ', 'shown: '],
  ['replies-apollo-client.js', 'says: ', 'said: '],
];

describe('docs/replies.md', () => {
  it('shows with curl what it says', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    const [block = ''] = await shellBlocks('replies.md');
    const answers = (await runShell(block, { address: new URL(server.url).host })).trim().split('\n');
    expect(answers.map((answer) => Object.values(JSON.parse(answer).data)[0])).toEqual([
      { replyId: 'reply-1', epoch: 1, offset: 0 },
      { offset: 5 },
      { offset: 11 },
      { activeReplies: [{ replyId: 'reply-1', state: 'WRITING', text: 'Hello there' }] },
      { message: { messageId: 0, text: 'Hello there' } },
    ]);
  });

  it('writes a reply with the library as it says', async () => {
    const code = (await namedBlocks('replies.md')).get('write-reply.js') ?? '';
    const library = new URL('../../dist/index.js', import.meta.url).href;
    const script = join(folder.path, 'write-reply.js');
    await writeFile(script, code.replace("'parley'", JSON.stringify(library)));
    const shown = await runShell(`${JSON.stringify(process.execPath)} write-reply.js`, { cwd: folder.path });
    expect(shown).toContain('It grows word by word');
  });

  it.each(PAGES)(
    '%s goes on in the middle of a sentence where the server is killed',
    async (name, shows, says) => {
      const server = await startKillable({ SQLITE_PATH: join(folder.path, `${name}.db`) });
      onTestFinished(() => void server.stop());
      const host = new URL(server.url).host;
      const live = await namedBlocks('live.md');
      await writeFile(join(folder.path, 'resume.js'), live.get('resume.js') ?? '');
      const code =
        name === 'chat.html'
          ? DOCUMENT + (/<script type="module">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '')
          : ((await namedBlocks('replies.md')).get(name) ?? '');
      const script = join(folder.path, `${name}.mjs`);
      await writeFile(script, code.replaceAll(ADDRESS, host));
      const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
      onTestFinished(() => void child.kill('SIGKILL'));
      const output = printed(child);

      const started = { sessionId: 'demo', agentId: 'a', replyId: `r-${name}`, createIfMissing: true };
      const { data: reply } = await mutate(server, 'startReply', started, 'replyId epoch offset');
      const text = 'It goes on in the middle of this very sentence, whatever happens to the server.';
      let offset = 0;
      for (let kill = 0; offset < text.length; kill++) {
        const piece = text.slice(offset, offset + 5);
        const part = { replyId: reply.replyId, epoch: 1, offset, parts: [{ block: 0, text: piece }] };
        const { data, error } = await mutate(server, 'continueReply', part, 'offset');
        offset = error?.code === 'REPLY_GAP' ? error.expected : data.offset;
        if (kill !== 4 && kill !== 9) continue;
        await output.line(`${shows}${text.slice(0, offset)}`);
        await server.killAndRestart();
      }
      await output.line(`${shows}${text}`);
      await eventually(async () => {
        const finish = { replyId: reply.replyId, epoch: 1, offset: text.length };
        expect((await mutate(server, 'finishReply', finish, 'message { text }')).data?.message.text).toBe(
          text,
        );
      });
      await output.line(`${says}${text}`);
    },
  );
});
