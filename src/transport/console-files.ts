import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';

/** How a file was compressed when it was built; the best one first. */
export const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

/** One form of a file: as it is, or compressed. */
export interface FileForm {
  readonly encoding: (typeof ENCODINGS)[number]['name'] | null;
  readonly file: URL;
  readonly bytes: number;
}

export interface ConsoleFile {
  /** The best form first; the last one is the file as it is. */
  readonly forms: readonly FileForm[];
  readonly contentType: string;
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
/** The addresses of the console's views; each is answered with the page that shows it. */
const PAGES = { '/': 'index.html', '/session': 'index.html', '/server': 'index.html' };
/** Built beside `src/` and `dist/` alike. */
export const CONSOLE_FOLDER = new URL('../../dist/console/', import.meta.url);

/** Looks once at what was built: no path that a request names ever reaches the file system. Null where nothing was built. */
export async function readConsoleFiles(folder: URL = CONSOLE_FOLDER): Promise<ConsoleFiles | null> {
  const names = await readdir(new URL('assets/', folder)).catch(() => null);
  if (names === null) return null;
  const files = new Map<string, ConsoleFile>();
  for (const [path, page] of Object.entries(PAGES)) {
    const file = new URL(page, folder);
    const hash = createHash('sha256')
      .update(await readFile(file))
      .digest('base64url');
    files.set(path, { ...(await readForms(file)), etag: `W/"${hash.slice(0, 22)}"` });
  }
  for (const name of names.filter((one) => Object.hasOwn(TYPES, extname(one)))) {
    const forms = await readForms(new URL(`assets/${encodeURIComponent(name)}`, folder));
    files.set(`/assets/${name}`, { ...forms, etag: null });
  }
  return files;
}

async function readForms(file: URL): Promise<Pick<ConsoleFile, 'forms' | 'contentType'>> {
  const forms: FileForm[] = [];
  for (const { name, suffix } of ENCODINGS) {
    const compressed = new URL(`${file.href}${suffix}`);
    const bytes = await sizeOf(compressed);
    if (bytes !== null) forms.push({ encoding: name, file: compressed, bytes });
  }
  const { size } = await stat(file);
  forms.push({ encoding: null, file, bytes: size });
  return { forms, contentType: TYPES[extname(file.pathname)] ?? 'application/octet-stream' };
}

const sizeOf = (file: URL) =>
  stat(file).then(
    ({ size }) => size,
    () => null,
  );
