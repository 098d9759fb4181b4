import type { Logger } from 'pino';

/** Lines of one kind that are written in a minute; of what comes beyond, one line says how many there were. */
const LINES_OF_KIND = 10;
/** Kinds that are told apart in a minute: errors are many, where a caller can choose between them. */
const KINDS = 100;
const WINDOW_MS = 60_000;

interface Kind {
  lines: number;
  /** Writes a line that says how often it was left out. */
  tell(more: number): void;
}

/**
 * Bounds what one thing that happens again and again writes into the log, whoever makes it happen: lines of one text are of one kind
 * where their `reason` or the origin of their `err` is the same. The hook of pino through which every line goes.
 */
export function boundRepeatedLines({ linesOfKind = LINES_OF_KIND, kinds = KINDS } = {}) {
  const counted = new Map<string, Kind>();

  function endWindow(): void {
    const all = [...counted.values()];
    counted.clear();
    for (const { lines, tell } of all) if (lines > linesOfKind) tell(lines - linesOfKind);
  }

  return function logMethod(
    this: Logger,
    given: Parameters<Logger['info']>,
    write: (this: Logger, ...given: Parameters<Logger['info']>) => void,
  ): void {
    const [first, second] = given as unknown[];
    // What was done and has no other place is kept, each for itself.
    if (Object(first).audit !== undefined) {
      write.apply(this, given);
      return;
    }
    const text = String(typeof first === 'string' ? first : second);
    const name = `${text} ${kindOf(first)}`;
    const key = counted.has(name) || counted.size < kinds ? name : '';
    if (counted.size === 0) setTimeout(endWindow, WINDOW_MS).unref();
    let kind = counted.get(key);
    if (!kind) {
      const told = key === '' ? 'further lines of many kinds' : text;
      kind = {
        lines: 0,
        tell: (more) => write.call(this, { more }, `${told}: again, and not written each time`),
      };
      counted.set(key, kind);
    }
    kind.lines += 1;
    if (kind.lines <= linesOfKind) write.apply(this, given);
  };
}

/** What tells lines of one text apart, and nothing that grows with what a caller sends. */
function kindOf(given: unknown): string {
  const { err, reason } = Object(given) as { err?: unknown; reason?: unknown };
  if (typeof reason === 'string') return reason;
  let error = err;
  for (let depth = 0; error instanceof Error && error.cause instanceof Error && depth < 10; depth++)
    error = error.cause;
  if (!(error instanceof Error)) return '';
  const { code } = error as { code?: unknown };
  return `${error.name} ${code} ${/^\s+at .*$/m.exec(error.stack ?? '')?.[0]}`;
}
