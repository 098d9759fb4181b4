import { setTimeout as wait } from 'node:timers/promises';
import { type CheckerOptions, createChecker } from './checker.js';
import type { ChaosRecord } from './records.js';

/** A record without its time. */
export type Happened = ChaosRecord extends infer R ? (R extends ChaosRecord ? Omit<R, 'at'> : never) : never;

/** A checker with a clock, that keeps what leads up to each thing that breaks. */
export function observe(options: CheckerOptions) {
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const checker = createChecker(options);
  const lately = new Map<string, string[]>();
  const evidence = new Map<string, string>();

  function keep(happened: Happened, broken: boolean): void {
    if (!('subscriber' in happened)) return;
    const { subscriber, kind } = happened;
    const { __typename: type, agentId, message, reason } = 'event' in happened ? happened.event : {};
    const what = [kind, type, agentId, message && `#${message.position}`, reason].filter(Boolean).join(' ');
    const lines = lately.get(subscriber) ?? [];
    lately.set(subscriber, lines);
    lines.push(`${seconds(elapsed())} ${what}`);
    if (lines.length > 12) lines.shift();
    if (broken && !evidence.has(subscriber)) evidence.set(subscriber, `${subscriber}:\n${lines.join('\n')}`);
  }

  return {
    elapsed,
    checker,
    record(happened: Happened): void {
      const before = checker.breaks.length;
      checker.take({ ...happened, at: elapsed() });
      keep(happened, checker.breaks.length > before);
    },
    /** Resolves once everybody who is there was told everything, or too much time has passed: `conclude` then says so. */
    async caughtUp(): Promise<void> {
      const until = elapsed() + options.boundMs;
      while (checker.waiting().length > 0 && elapsed() < until) await wait(20);
    },
    /** Throws where anything broke. */
    conclude(): void {
      const breaks = checker.verdict(elapsed());
      if (breaks.length === 0) return;
      const lines = breaks.slice(0, 30).map(({ kind, at, detail }) => `${seconds(at)} ${kind}: ${detail}`);
      const said = [...lines, ...[...evidence.values()].slice(0, 3)];
      throw new Error(`${breaks.length} promises were broken\n${said.join('\n')}`);
    },
  };
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(3)} s`;
