import { appendFileSync } from 'node:fs';

/** Where the summaries of a run are kept, one line of JSON each. */
export const REPORT_VARIABLE = 'CHAOS_REPORT';

/** Prints what a test counted, and keeps it for the end of the run. */
export function report(name: string, counts: object): void {
  const line = JSON.stringify({ name, ...counts });
  console.log(line);
  const path = process.env[REPORT_VARIABLE];
  if (path) appendFileSync(path, `${line}\n`);
}
