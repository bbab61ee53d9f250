import { describe, expect, it } from 'vitest';
import { readVerdicts } from './verdicts.ts';

/** Printed by iscsi-test-cu 1.19.0, cut. */
const OUTPUT = `found matching LU device identifier for all (2) paths

     CUnit - A unit testing framework for C - Version 2.1-3
     http://cunit.sourceforge.net/

Suite: Unmap
  Test: Simple ...passed
  Test: VPD ...    [SKIPPED] Logical unit is fully provisioned.
    [SKIPPED] Skipping test.
passed
Suite: ReportSupportedOpcodes
  Test: OneCommand ...    [FAILED] CDB[0] Usage Data was 0x00, expected 0x7f for opcode 0x7f
FAILED
    1. test_report_supported_opcodes_one_command.c:126  - CU_ASSERT_EQUAL(a,b)
  Test: RCTD ...    [FAILED] PRIN command: failed with sense. SENSE KEY:UNIT_ATTENTION(6)
passed    [FAILED] PRIN command: failed with sense. SENSE KEY:UNIT_ATTENTION(6)

Run Summary:    Type  Total    Ran Passed Failed Inactive
              suites      2      2    n/a      0        0
               tests      4      4      3      1        0
             asserts     36     36     35      1      n/a

Elapsed time =    0.001 seconds
Tests completed with return value: 0
`;

describe('the verdicts of iscsi-test-cu', () => {
  it('are read test by test, with what was skipped', () => {
    expect(readVerdicts('SCSI', OUTPUT)).toEqual([
      { test: 'SCSI.Unmap.Simple', passed: true, skips: [] },
      {
        test: 'SCSI.Unmap.VPD',
        passed: true,
        skips: ['Logical unit is fully provisioned.', 'Skipping test.'],
      },
      { test: 'SCSI.ReportSupportedOpcodes.OneCommand', passed: false, skips: [] },
      { test: 'SCSI.ReportSupportedOpcodes.RCTD', passed: true, skips: [] },
    ]);
  });

  it.each([
    ['there is no run summary', OUTPUT.replace(/^Run Summary[\s\S]*/m, '')],
    ['a test is missing', OUTPUT.replace('  Test: Simple ...passed\n', '')],
    ['a verdict is missing', OUTPUT.replace('Simple ...passed', 'Simple ...')],
    ['a test did not run', OUTPUT.replace('4      4      3      1', '4      3      3      0')],
  ])('are nothing where %s', (_, output) => {
    expect(() => readVerdicts('SCSI', output)).toThrow('differ');
  });
});
