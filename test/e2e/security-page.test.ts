import { spawn } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { askAs } from '../support/access.js';
import { freePort } from '../support/free-port.js';
import { namedBlocks, runShell, shellBlocks } from '../support/page-blocks.js';
import { spawnParley } from '../support/parley-process.js';
import { printed } from '../support/printed.js';
import { makeTempFolder } from '../support/temp-folder.js';

/** The set-ups of docs/security.md, from the page: its commands and files, with other ports. */
let folder: Awaited<ReturnType<typeof makeTempFolder>>;
let files = new Map<string, string>();
let commands: string[] = [];
beforeAll(async () => {
  folder = await makeTempFolder();
  files = new Map([...(await namedBlocks('security.md')), ...(await namedBlocks('live.md'))]);
  commands = await shellBlocks('security.md');
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
  await symlink(modules, join(folder.path, 'node_modules'));
  await writeFile(join(folder.path, 'package.json'), '{"type": "module"}');
});
afterAll(() => folder.remove());

const commandWith = (part: string) => commands.find((command) => command.includes(part)) ?? '';

async function start(name: string, { env = {}, nodeArgs = [] as string[] } = {}) {
  const sqlitePath = join(folder.path, `${name}.db`);
  const server = spawnParley([], { env: { SQLITE_PATH: sqlitePath, ...env }, nodeArgs });
  onTestFinished(async () => {
    server.kill('SIGTERM');
    await server.exited;
  });
  const { port } = new URL(await server.listening());
  return { sqlitePath, address: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}/graphql` };
}

const shell = (command: string, address: string, env: Record<string, string> = {}) =>
  runShell(command, { address, cwd: folder.path, env });

describe('docs/security.md', () => {
  it('on your own machine: a page of a foreign name is refused', async () => {
    const { address } = await start('loopback', { env: { PORT: '0' } });
    expect(await shell(commandWith('rebound.example'), address)).toBe('403\n');
  });

  it('an API behind a gateway: a token opens the sessions of its user, and no other', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }];
    const provider = createServer((req, res) => {
      if (req.url !== '/.well-known/jwks.json') return res.writeHead(404).end();
      res.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void provider.close());
    const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    const token = (user: string) =>
      new SignJWT({ scope: 'parley:read parley:append' })
        .setProtectedHeader({ alg: 'RS256', kid: 'k' })
        .setIssuer(issuer)
        .setAudience('parley')
        .setSubject(user)
        .setExpirationTime('5m')
        .sign(privateKey);

    const settings = (files.get('api.env') ?? '').replace('https://id.example.org', issuer);
    await writeFile(join(folder.path, 'api.env'), settings.replace('PORT=4000', 'PORT=0'));
    const { address, url } = await start('gateway', {
      nodeArgs: [`--env-file=${join(folder.path, 'api.env')}`],
    });
    const [alice, bob] = [await token('alice'), await token('bob')];
    const made = await shell(commandWith('$TOKEN'), address, { TOKEN: alice });
    expect(JSON.parse(made)).toEqual({
      data: { createSession: { session: { sessionId: 's1', metadata: { user: { id: 'alice' } } } } },
    });
    const list = '{ sessions { totalCount nodes { sessionId } } session(sessionId: "s1") { sessionId } }';
    expect((await askAs(url, `Bearer ${alice}`, list)).data).toEqual({
      sessions: { totalCount: 1, nodes: [{ sessionId: 's1' }] },
      session: { sessionId: 's1' },
    });
    expect((await askAs(url, `Bearer ${bob}`, list)).data).toEqual({
      sessions: { totalCount: 0, nodes: [] },
      session: null,
    });
    expect((await askAs(url, null, list)).status).toBe(401);
  });

  it('a browser: its token is renewed while it follows, and each message shows once', async () => {
    const { sqlitePath, address, url } = await start('browser', { env: { PORT: '0' } });
    const create = commandWith('keys create');
    const key = (
      await shell(`${create}\nprintf %s "$PARLEY_KEY"`, address, { SQLITE_PATH: sqlitePath })
    ).trim();
    const say = async (text: string) => {
      const append = `mutation ($text: String!) { appendMessages(input: { sessionId: "demo", agentId: "support",
        createIfMissing: true, messages: [{ role: USER, text: $text }] }) { messages { messageId } } }`;
      const { errors } = await askAs(url, `Bearer ${key}`, append, { text });
      if (errors) throw new Error(errors[0]?.message);
    };
    await say('before');

    const backendAddress = `127.0.0.1:${await freePort()}`;
    for (const name of ['backend.js', 'page.js', 'resume.js']) {
      const code = (files.get(name) ?? '')
        .replaceAll('127.0.0.1:4000', address)
        .replaceAll('127.0.0.1:8080', backendAddress)
        .replace("8080, '127.0.0.1'", `${backendAddress.split(':')[1]}, '127.0.0.1'`)
        // So that the token ends while the test looks on.
        .replace('expiresIn: 600', 'expiresIn: 1');
      await writeFile(join(folder.path, name), code);
    }
    await writeFile(join(folder.path, 'browser.js'), "globalThis.WebSocket = (await import('ws')).default;");
    const spawned = (args: string[], env: Record<string, string> = {}) => {
      const child = spawn(process.execPath, args, {
        cwd: folder.path,
        env: { PATH: process.env.PATH ?? '', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    spawned(['backend.js'], { PARLEY_KEY: key });
    const page = printed(spawned(['--import', './browser.js', 'page.js']));
    const admin = await shell('node dist/main.js keys create --name admin --scopes admin', address, {
      SQLITE_PATH: sqlitePath,
    });
    const seen = new Set<string>();
    const tokensMade = async () => {
      const { data } = await askAs(
        url,
        `Bearer ${admin.trim()}`,
        '{ auditLog(first: 50) { nodes { at action } } }',
      );
      for (const { at, action } of data.auditLog.nodes) if (action === 'createSessionToken') seen.add(at);
      return seen.size;
    };
    const texts: string[] = [];
    const sayNext = () => say(texts[texts.push(`message ${texts.length}`) - 1] as string);
    // What came before the page was there is no news to it.
    while (page.lines().length === 0) await sayNext();
    const atFirst = await tokensMade();
    // Until two more were asked for: the socket was closed at the end of its token, and came back with another.
    while ((await tokensMade()) < atFirst + 2) {
      await sayNext();
      await page.line(`USER: ${texts.at(-1)}`);
    }
    const shown = page.lines();
    const all = texts.map((text) => `USER: ${text}`);
    expect(shown).toEqual(all.slice(all.indexOf(shown[0] as string)));
  });
});
