/** Commands that are nearly right, against units of every kind. */
import { expect, it } from 'vitest';
import { Coverage } from '../../fuzz/coverage.ts';
import { attackUnits } from '../../fuzz/in-process.ts';

/** FUZZ_ATTACKS has more of them tried: 100 commands each. */
const ATTACKS = Number(process.env['FUZZ_ATTACKS'] ?? 60);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_123);

it('any command with any data ends in a status that there is, and in sense data that can be read', async () => {
  const coverage = new Coverage();
  for (let attack = 0; attack < ATTACKS; attack++) await attackUnits(SEED, attack, coverage);
  // It comes through to the medium, and not only to the checks of the CDB.
  const share = coverage.of('statuses', 'GOOD') / coverage.of('statuses');
  expect(share, coverage.lines().join('\n')).toBeGreaterThan(0.15);
}, 600_000);
