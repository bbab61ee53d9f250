import { describe, expect, it } from 'vitest';
import { readCunit } from './cunit.ts';

/** Printed by iscsi-test-cu 1.19.0 against another target: one failure of three. */
const FAILED = `
     CUnit - A unit testing framework for C - Version 2.1-3

    [FAILED] UNMAP command failed with status 2
    [SKIPPED] Logical unit is not write-protected. Skipping test.

Suite Unmap, Test ZeroBlocks had failures:
    1. test_unmap_0blocks.c:80  - CU_ASSERT_EQUAL(_r,0)

Run Summary:    Type  Total    Ran Passed Failed Inactive
              suites      1      1    n/a      0        0
               tests      3      3      2      1        0
             asserts   1285   1285   1284      1      n/a

Elapsed time =    0.129 seconds
Tests completed with return value: 0
`;

describe('the run summary of iscsi-test-cu', () => {
  it('tells how many tests ran and failed, and what was skipped', () => {
    expect(readCunit(FAILED)).toEqual({
      ran: 3,
      failed: 1,
      asserts: 1285,
      skips: ['Logical unit is not write-protected. Skipping test.'],
    });
  });

  it('counts a test that did not run as failed', () => {
    expect(
      readCunit(FAILED.replace('3      3      2      1', '3      2      2      0')).failed,
    ).toBe(1);
  });

  it('is missing where the tool could not log in', () => {
    expect(() => readCunit('Failed to connect to SCSI device 0\n')).toThrow('no "suites"');
  });
});
