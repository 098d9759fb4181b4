import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * SQLiteSession of the OpenAI Agents SDK, which is there in Python alone, in a process of its own that measures itself. `python`: one that has
 * openai-agents installed.
 */
export function startSqliteSession(python, path) {
  const program = fileURLToPath(new URL('./sqlite-session.py', import.meta.url));
  const child = spawn(python, [program, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** A median in milliseconds. */
    async measure(asked) {
      child.stdin.write(`${JSON.stringify(asked)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`${python} cannot measure SQLiteSession: is openai-agents installed for it?`);
      return JSON.parse(value);
    },
    close: () => child.kill(),
  };
}
