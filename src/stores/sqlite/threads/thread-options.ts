/** By these modules are loaded and errors told: a program's tracing is one. With a value, behind it or behind `=`. */
const KEPT_WITH_VALUE: ReadonlySet<string> = new Set([
  '--import',
  '--require',
  '-r',
  '--loader',
  '--experimental-loader',
  '--conditions',
  '-C',
]);
const KEPT: ReadonlySet<string> = new Set([
  '--enable-source-maps',
  '--no-warnings',
  '--preserve-symlinks',
  '--trace-uncaught',
  '--trace-warnings',
]);
/** What stands behind these is a program. */
const PROGRAMS: ReadonlySet<string> = new Set(['-e', '--eval', '-p', '--print', '-pe']);

/**
 * Node's options for a thread: those of the process (undefined). `--input-type` alone says how its first text is read, and with it Node starts no thread from a
 * file: then what a thread can use of them. Those of V8, such as the size of the heap, hold for the process, and to name them here is an error.
 */
export function threadOptions(given: readonly string[]): string[] | undefined {
  const words: string[] = [];
  let hasInputType = false;
  for (let at = 0; at < given.length; at++) {
    const word = given[at] as string;
    const [name = ''] = word.split('=', 1);
    if (name === '--input-type') hasInputType = true;
    if (PROGRAMS.has(name)) at++;
    if (KEPT.has(name)) words.push(word);
    if (!KEPT_WITH_VALUE.has(name)) continue;
    words.push(word);
    const value = given[at + 1];
    if (name !== word || value === undefined) continue;
    words.push(value);
    at++;
  }
  return hasInputType ? words : undefined;
}

/** What the process was started with, as a thread takes it. A thread that is started by another gets what that one has. */
export function startOptions(): { execArgv?: string[] } {
  const execArgv = threadOptions(process.execArgv);
  return execArgv ? { execArgv } : {};
}
