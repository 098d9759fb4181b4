import type { Command } from './arguments.js';
import { plainText } from './plain-text.js';
import { tail } from './tail.js';

/** Prints a conversation until its session is deleted, Ctrl-C, or the reader of the output is gone. */
export async function runTail(command: Extract<Command, { name: 'tail' }>): Promise<void> {
  const over = new AbortController();
  const stop = () => over.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.stdout.on('error', stop);
  try {
    const { name: _name, ...options } = command;
    await tail(
      {
        ...options,
        // Not an option: every process of the machine can read those.
        token: process.env.PARLEY_TOKEN || null,
        write: (text) => process.stdout.write(text),
        // It may repeat what a server has said.
        say: (line) => process.stderr.write(`parley: ${plainText(line)}\n`),
        color: process.stdout.isTTY === true && !process.env.NO_COLOR,
      },
      over.signal,
    );
  } catch (error) {
    process.stderr.write(`parley: ${plainText(error instanceof Error ? error.message : String(error))}\n`);
    process.exitCode = 1;
  }
}
