import { expect } from 'vitest';
import type { Finding } from '../../src/domain/finding.js';
import { startParley } from './parley-process.js';

/** What `parley doctor` finds in this folder, by what was looked at, and its exit code. */
export async function examineIn(cwd: string, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await startParley(['doctor', '--json'], { cwd, env }).exited;
  expect(stderr).toBe('');
  const findings = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
  return { code, findings, of: (check: string) => findings.find((one) => one.check === check) };
}

export const alarms = (findings: Finding[]) =>
  findings.filter(({ level }) => level === 'warn' || level === 'fail');
