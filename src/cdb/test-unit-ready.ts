import type { CdbRequest, CdbSpec } from './spec.ts';

/** TEST UNIT READY (SPC): asks whether the unit can access its medium. */
export interface TestUnitReady extends CdbRequest {
  readonly op: 'TEST UNIT READY';
}

/** CDB of TEST UNIT READY. */
export const TEST_UNIT_READY_6: CdbSpec<TestUnitReady> = {
  op: 'TEST UNIT READY',
  opcode: 0x00,
  length: 6,
  transfer: 'none',
  fields: {},
};
