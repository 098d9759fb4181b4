import { createRequire } from 'node:module';
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { boundRepeatedLines } from './repeated-lines.js';

/** Lines that wait for a reader of standard output. Beyond it they are dropped: a server never waits for its log. */
const WAITING_BYTES = 4 * 1024 * 1024;
/** How far causes are followed. */
const MAX_CAUSES = 5;

/** Fields that hold a credential, wherever a caller puts them one level deep. */
const SECRETS = [
  'password',
  'secret',
  'token',
  'apiKey',
  'authorization',
  'cookie',
  'uri',
  'mongodbUri',
  'viewerPassword',
  'session_viewer_password',
];

/**
 * The log: coloured text on a terminal, one JSON object a line otherwise. Fields that hold credentials are replaced,
 * and so is what stands before the @ of any URI, also inside an error's text. What repeats itself is counted instead.
 */
export function createLog(level: string, out: DestinationStream = standardOutput()): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorForLog },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' },
      hooks: { streamWrite: hideCredentials, logMethod: boundRepeatedLines() },
    },
    out,
  );
}

/** What of an error is logged. A driver's further fields stay out: they may hold documents. */
function errorForLog(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? { type: typeof error } : error;
  const { code, codeName } = error as { code?: unknown; codeName?: unknown };
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    ...(codeName === undefined ? {} : { codeName }),
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined || depth >= MAX_CAUSES
      ? {}
      : { cause: errorForLog(error.cause, depth + 1) }),
  };
}

/** `mongodb://user:password@host` becomes `mongodb://[hidden]@host`. */
export function hideCredentials(line: string): string {
  return line.includes('@') ? line.replace(/:\/\/[^\s"]*@/g, '://[hidden]@') : line;
}

function standardOutput(): DestinationStream {
  if (process.stdout.isTTY) {
    // Loaded here alone: most servers write to no terminal, and would start later for it.
    const pretty = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
    return pretty({ colorize: true, ignore: 'pid', translateTime: 'SYS:HH:MM:ss.l', sync: true });
  }
  const out = destination({ dest: 1, sync: false, maxLength: WAITING_BYTES });
  // A full disk or a reader that is gone is no reason to stop serving.
  out.on('error', () => {});
  return out;
}
