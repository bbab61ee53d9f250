import { TEST_UNIT_READY_6, type TestUnitReady } from '../../cdb/test-unit-ready.ts';
import type { Command } from '../command.ts';
import { GOOD } from '../result.ts';

/** TEST UNIT READY (SPC): the checks before it say everything. */
export const testUnitReady: Command<TestUnitReady> = {
  specs: [TEST_UNIT_READY_6],
  reservation: 'status',
  needsMedium: true,
  keepsPowerCondition: true,
  run: () => GOOD,
};
