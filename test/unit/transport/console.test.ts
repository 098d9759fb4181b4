import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILT, readConsoleFiles } from '../../../src/transport/console-files.js';
import { makeTempFolder } from '../../support/temp-folder.js';
import { type HttpServer, serveHello } from './http-server.js';
import { say } from './raw-request.js';

const SCRIPT = `console.log(${JSON.stringify('x'.repeat(2_000))});`;
const PAGE = '<!doctype html><script type="module" src="/assets/app-1a2b3c.js"></script>';

let folder: Awaited<ReturnType<typeof makeTempFolder>>;
let server: HttpServer;
beforeAll(async () => {
  folder = await makeTempFolder();
  const built = join(folder.path, 'console');
  await mkdir(join(built, 'assets'), { recursive: true });
  await writeFile(join(built, 'index.html'), PAGE);
  await writeFile(join(built, 'secret.txt'), 'not for the web');
  const script = join(built, 'assets/app-1a2b3c.js');
  await writeFile(script, SCRIPT);
  await writeFile(`${script}.br`, brotliCompressSync(SCRIPT));
  await writeFile(`${script}.gz`, gzipSync(SCRIPT));
  server = await serveHello({ console: await readConsoleFiles(pathToFileURL(`${folder.path}/`)) });
});
afterAll(async () => {
  await server.stop();
  await folder.remove();
});

/** A target as it is, with whatever stands in it: fetch would tidy it up first. */
const ask = (target: string, headers = '', method = 'GET') =>
  say(
    server.port,
    `${method} ${target} HTTP/1.1\r\nhost: localhost:${server.port}\r\nconnection: close\r\n${headers}\r\n`,
  );

describe('the console over HTTP', () => {
  it.each(['/', '/?filter=%7B%7D', '/session?id=a%2Fb', '/server'])('%s is its page', async (path) => {
    const response = await fetch(`${server.url}${path}`);
    expect([response.status, await response.text()]).toEqual([200, PAGE]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      vary: 'accept-encoding',
    });
  });

  it('lets its pages run nothing but its own scripts, in no frame', async () => {
    const policy = (await fetch(`${server.url}/`)).headers.get('content-security-policy') ?? '';
    const rules = new Map(policy.split('; ').map((rule) => [rule.split(' ')[0], rule]));
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
    expect(rules.get('default-src')).toBe("default-src 'none'");
    expect(rules.get('script-src')).toBe("script-src 'self'");
    expect(rules.get('frame-ancestors')).toBe("frame-ancestors 'none'");
    expect(rules.get('trusted-types')).toBe("trusted-types 'none'");
  });

  it('is not sent again to who has it', async () => {
    const etag = (await fetch(`${server.url}/`)).headers.get('etag') ?? '';
    const again = await fetch(`${server.url}/`, { headers: { 'if-none-match': `"other", ${etag}` } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const other = await fetch(`${server.url}/`, { headers: { 'if-none-match': '"other"' } });
    expect(other.status).toBe(200);
  });

  it.each([
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['*', 'br'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', null],
    ['br;q=0.0, *;q=0', null],
  ])('sends an asset to keep for ever, to who takes %s as %s', async (accept, encoding) => {
    const response = await fetch(`${server.url}/assets/app-1a2b3c.js`, {
      headers: { 'accept-encoding': accept },
    });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(await response.text()).toBe(SCRIPT);
  });

  it('answers HEAD with the head alone, and other methods with 405', async () => {
    const head = await fetch(`${server.url}/assets/app-1a2b3c.js`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const post = await fetch(`${server.url}/`, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it.each([
    '/assets/app-0.js',
    '/assets/app-1a2b3c.js.br',
    '/assets/',
    '/assets/../secret.txt',
    '/assets/%2e%2e/secret.txt',
    '/secret.txt',
    '/index.html',
    '/session/a',
  ])('%s is not found, and said so in JSON', async (target) => {
    const answer = await ask(target, 'accept: application/json\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 404 .*content-type: application\/json.*"BAD_REQUEST"/s);
    expect(answer).not.toContain('not for the web');
  });

  it('is no more open to foreign names than anything else', async () => {
    const answer = await say(
      server.port,
      'GET / HTTP/1.1\r\nhost: rebound.example\r\nconnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 .*"FORBIDDEN"/s);
  });

  it('goes on as it was read where it is built anew meanwhile', async () => {
    const built = join(folder.path, 'console');
    await rename(built, `${built}-before`);
    for (const [path, content] of [
      ['/', PAGE],
      ['/assets/app-1a2b3c.js', SCRIPT],
    ]) {
      for (const encoding of ['br', 'gzip', 'identity']) {
        const response = await fetch(`${server.url}${path}`, { headers: { 'accept-encoding': encoding } });
        expect([response.status, await response.text()]).toEqual([200, content]);
      }
    }
    await rename(`${built}-before`, built);
  });

  it('is null where nothing was built', async () => {
    expect(await readConsoleFiles(pathToFileURL(`${folder.path}/console/`))).toBeNull();
  });
});

describe('the console that was built', () => {
  it('is seen at first with less than 150 kB on the wire', async () => {
    const files = await readConsoleFiles();
    const page = await readFile(new URL('console/index.html', BUILT), 'utf8');
    const asked = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path as string);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    const sizes = ['/', ...asked].map((path) => files?.get(path)?.forms[0]?.bytes ?? Number.NaN);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(10_000);
    expect(total).toBeLessThan(150_000);
  });

  it('has GraphiQL apart, with a policy of its own that runs no text as code', async () => {
    const files = await readConsoleFiles();
    const policy = files?.get('/graphiql')?.policy ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-eval|https?:/);
    const page = await readFile(new URL('graphiql/index.html', BUILT), 'utf8');
    const asked = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path as string);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    for (const path of asked) expect([...(files?.keys() ?? [])]).toContain(path);
  });

  it('asks nothing of other servers', async () => {
    const page = await readFile(new URL('console/index.html', BUILT), 'utf8');
    expect(page).not.toMatch(/(?:src|href)="(?!\/assets\/)/);
  });
});
