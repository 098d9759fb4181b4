#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { type Command, readArguments, UsageError } from './cli/arguments.js';
import { endProcess } from './cli/end-process.js';
import { helpText } from './cli/help.js';
import { type Config, ConfigError } from './config.js';
import { readConfig } from './read-config.js';
import { packageVersion } from './version.js';

// A reader that went away (`parley tail x | head`) ends the printing, never the process.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

// Before graphql is loaded: unless it is told that this is production, it looks for a second copy of itself at every value.
process.env.NODE_ENV ||= 'production';

/** Wrong arguments or variables. */
const EXIT_USAGE = 2;

try {
  await run(readArguments(process.argv.slice(2), new Date()));
} catch (error) {
  if (error instanceof UsageError) fail(`${error.message}; see parley --help`, EXIT_USAGE);
  else if (error instanceof ConfigError) fail(error.message, EXIT_USAGE);
  else throw error;
}

async function run(command: Command): Promise<void> {
  if (command.name === 'help') process.stdout.write(helpText(command.topic));
  else if (command.name === 'version') process.stdout.write(`${packageVersion()}\n`);
  else if (command.name === 'schema') {
    // Not made anew: beside a project's own graphql, installed packages may hold one that is not Parley's.
    process.stdout.write(await readFile(new URL('schema.graphql', import.meta.url), 'utf8'));
  } else if (command.name === 'serve') {
    const config = readConfig(process.env, command.flags);
    // Loaded here, so that help and version answer at once: cli/serve.ts, in few files with what it needs.
    const { serve } = await import('#server');
    const refused = await serve(config);
    if (refused) fail(refused.failure, refused.wrongSetting ? EXIT_USAGE : 1);
  } else if (command.name === 'retention') {
    const { runRetention } = await import('./cli/retention.js');
    const print = (line: string) => void process.stdout.write(line);
    await answer(command.flags, (config) => runRetention(command, config, { ...longWork(), print }));
  } else if (command.name === 'keys') {
    const { runKeys } = await import('./cli/keys.js');
    await answer(command.flags, (config) => runKeys(command.command, config, { now: new Date(), say }));
  } else if (command.name === 'webhooks') {
    const { runWebhooks } = await import('./cli/webhooks.js');
    await answer(command.flags, (config) =>
      runWebhooks(command.command, config, { now: () => new Date(), say }),
    );
  } else if (command.name === 'backup') {
    const { runBackup } = await import('./cli/backup.js');
    await answer(command.flags, async (config) => runBackup(command, config, longWork()));
  } else if (command.name === 'export') {
    const { runExport } = await import('./cli/move.js');
    await answer(command.flags, (config) => runExport(command, config, longWork()));
  } else if (command.name === 'import') {
    const { runImport } = await import('./cli/move.js');
    await answer(command.flags, (config) => runImport(command, config, longWork()));
  } else if (command.name === 'doctor') {
    const { runDoctor } = await import('./cli/doctor.js');
    await answer(command.flags, (config) => runDoctor(command, config, () => new Date()));
  } else {
    const { runTail } = await import('./cli/run-tail.js');
    await runTail(command);
  }
}

/** Runs what works on the database that the flags name: prints its output, or why there is none. */
async function answer(
  flags: Record<string, string>,
  work: (config: Config) => Promise<{ output: string; code?: number } | { failure: string } | null>,
): Promise<void> {
  const config = readConfig(process.env, flags);
  const result = await work(config).catch(async (error: unknown) => {
    if (error instanceof ConfigError) throw error;
    const { describeFailure, isWrongSetting } = await import('./cli/describe-failure.js');
    return { failure: describeFailure(error), wrongSetting: isWrongSetting(error) };
  });
  if (result === null) return;
  if ('failure' in result)
    fail(result.failure, 'wrongSetting' in result && result.wrongSetting ? EXIT_USAGE : 1);
  else {
    process.exitCode = result.code ?? 0;
    process.stdout.write(result.output);
  }
}

/** For what takes long: it shows how far it is, and a signal stops it. */
function longWork() {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return {
    progress: { stream: process.stderr, now: () => performance.now() },
    signal: stop.signal,
    say,
  };
}

/** On standard error: standard output holds the answer alone. */
function say(line: string): void {
  process.stderr.write(`parley: ${line}\n`);
}

/** One line on standard error for each line of `message`. Waits until it is written: the reader may be a pipe. */
function fail(message: string, code: number): void {
  const lines = message.split('\n').map((line) => `parley: ${line}\n`);
  process.stderr.write(lines.join(''), () => void endProcess(code));
}
