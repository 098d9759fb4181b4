// Prints `N passed, N failed, N skipped` from vitest's JSON report.
import { readFileSync } from 'node:fs';

const text = readFileSync(process.argv[2] ?? '', 'utf8');
if (text === '') {
  console.error('no test report was written: the run ended before the tests');
  process.exit(1);
}
const { testResults } = JSON.parse(text);

let passed = 0;
let failed = 0;
let skipped = 0;
for (const file of testResults) {
  // A file that could not be loaded has failed without a test of its own.
  if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) failed++;
  for (const { status } of file.assertionResults) {
    if (status === 'passed') passed++;
    else if (status === 'failed') failed++;
    else skipped++;
  }
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
