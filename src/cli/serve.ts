import type { Logger } from 'pino';
import { type App, createApp } from '../app.js';
import type { Config } from '../config.js';
import { createLog } from '../log.js';
import type { Addresses } from '../transports.js';
import { packageVersion } from '../version.js';
import { describeFailure, isWrongSetting } from './describe-failure.js';
import { endProcess } from './end-process.js';
import { exitWhenStopped } from './until-stopped.js';

/** Runs a server until the process is told to stop. Returns once it listens, or with what keeps it from listening. */
export async function serve(config: Config): Promise<{ failure: string; wrongSetting: boolean } | null> {
  const log = createLog(config.logLevel);
  const starting = start(config, log);
  // From the first moment on: a signal during the start waits for the start, then stops what it made.
  exitWhenStopped({
    process: { on: (event, listener) => process.on(event, listener), exit: (code) => void endProcess(code) },
    say: (line) => void process.stderr.write(`parley: ${line}\n`),
    now: () => performance.now(),
    log,
    stop: async () => (await starting.catch(() => null))?.app.stop(),
  });
  try {
    const { app, ...addresses } = await starting;
    announce(log, addresses, app.store);
    return null;
  } catch (error) {
    log.debug({ err: error }, 'the start failed');
    return { failure: describeFailure(error), wrongSetting: isWrongSetting(error) };
  }
}

async function start(config: Config, log: Logger): Promise<{ app: App } & Addresses> {
  const app = await createApp(config, { log });
  try {
    return { app, ...(await app.start()) };
  } catch (error) {
    await app.stop().catch((err: unknown) => log.debug({ err }, 'the stop after a failed start failed'));
    throw error;
  }
}

/** One line, whatever the log level; among JSON lines it is one of them. */
function announce(log: Logger, { url, console }: Addresses, store: string): void {
  const version = packageVersion();
  const where = console === null ? url : `${url}, console ${console}`;
  const line = `parley ${version} listening on ${where}, store ${store}`;
  if (process.stdout.isTTY) process.stdout.write(`${line}\n`);
  else
    log
      .child({}, { level: 'info' })
      .info({ version, url, ...(console === null ? {} : { console }), store }, line);
}
