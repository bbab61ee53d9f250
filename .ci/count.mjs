// Prints `PASSED FAILED` for a vitest JSON report: node count.mjs REPORT EXIT-CODE
import { readFileSync } from 'node:fs';

const [path, code] = process.argv.slice(2);
let passed = 0;
let failed = 0;
try {
  for (const file of JSON.parse(readFileSync(path, 'utf8')).testResults) {
    const good = file.assertionResults.filter(({ status }) => status === 'passed').length;
    const bad = file.assertionResults.length - good;
    passed += good;
    // A file that could not be loaded has failed without a single failed test.
    failed += bad === 0 && file.status !== 'passed' ? 1 : bad;
  }
} catch (error) {
  // No report: vitest itself did not come to its end.
  process.stderr.write(`${String(error)}\n`);
  failed += 1;
}
if (code !== '0' && failed === 0) failed = 1;
if (passed + failed === 0) failed = 1;
process.stdout.write(`${passed} ${failed}\n`);
