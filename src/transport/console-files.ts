import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CONSOLE_POLICY, GRAPHIQL_POLICY } from './console-policies.js';
import { piecesOf } from './paced-answer.js';

/** How a file was compressed when it was built; the best one first. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

/** One form of a file: as it is, or compressed. */
export interface FileForm {
  readonly encoding: (typeof ENCODINGS)[number]['name'] | null;
  readonly bytes: number;
  read(): Readable;
}

export interface ConsoleFile {
  /** The best form first; the last one is the file as it is. */
  readonly forms: readonly FileForm[];
  readonly contentType: string;
  /** What the page may do, and a worker that is loaded from here. */
  readonly policy: string;
  /** Of pages alone: assets have their hash in their name. */
  readonly etag: string | null;
}

/** Everything that the console is made of, by the path that a browser asks for. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};
/** What is no larger is kept as it is, too: anybody may ask for a page, and to unpack it took longer than all else of the answer. */
const SMALL_BYTES = 64 * 1024;
/** Built beside `src/` and `dist/` alike. */
export const BUILT = new URL('../../dist/', import.meta.url);

/** What is built apart: its folder, where its assets are asked for, and the addresses that are answered with its page. */
const PARTS = [
  { folder: 'console/', assets: '/assets/', pages: ['/', '/session', '/server'], policy: CONSOLE_POLICY },
  { folder: 'graphiql/', assets: '/graphiql/assets/', pages: ['/graphiql'], policy: GRAPHIQL_POLICY },
];

/**
 * Reads once what was built: no path that a request names ever reaches the file system, and what is built anew later changes nothing of
 * what this server sends, whose pages and assets belong together. Null where nothing was built.
 */
export async function readConsoleFiles(built: URL = BUILT): Promise<ConsoleFiles | null> {
  const files = new Map<string, ConsoleFile>();
  for (const { folder: name, assets, pages, policy } of PARTS) {
    const folder = new URL(name, built);
    const names = await readdir(new URL('assets/', folder)).catch(() => null);
    if (names === null) continue;
    const page = new URL('index.html', folder);
    const hash = createHash('sha256')
      .update(await readFile(page))
      .digest('base64url');
    const whole = { ...(await readForms(page)), policy, etag: `W/"${hash.slice(0, 22)}"` };
    for (const path of pages) files.set(path, whole);
    for (const asset of names.filter((one) => Object.hasOwn(TYPES, extname(one)))) {
      const forms = await readForms(new URL(`assets/${encodeURIComponent(asset)}`, folder));
      files.set(`${assets}${asset}`, { ...forms, policy, etag: null });
    }
  }
  return files.has('/') ? files : null;
}

/** Of a larger file that is compressed with gzip that is kept in place of its own bytes, which are seldom asked for. */
async function readForms(file: URL): Promise<Pick<ConsoleFile, 'forms' | 'contentType'>> {
  const forms: FileForm[] = [];
  for (const { name, suffix } of ENCODINGS) {
    const compressed = await readFile(new URL(`${file.href}${suffix}`)).catch(() => null);
    if (compressed !== null) forms.push({ encoding: name, ...held(compressed) });
  }
  const zipped = forms.find(({ encoding }) => encoding === 'gzip');
  const { size } = await stat(file);
  if (zipped && size > SMALL_BYTES) {
    forms.push({ encoding: null, bytes: size, read: () => zipped.read().pipe(createGunzip()) });
  } else forms.push({ encoding: null, ...held(await readFile(file)) });
  return { forms, contentType: TYPES[extname(file.pathname)] ?? 'application/octet-stream' };
}

const held = (content: Buffer): Pick<FileForm, 'bytes' | 'read'> => ({
  bytes: content.length,
  read: () => Readable.from(piecesOf([content]), { objectMode: false }),
});
