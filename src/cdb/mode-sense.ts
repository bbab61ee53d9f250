import type { CdbRequest, CdbSpec } from './spec.ts';

/** MODE SENSE (SPC): fetches mode pages. */
export interface ModeSense extends CdbRequest {
  readonly op: 'MODE SENSE';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 6 | 10;
  /** LLBAA: a long block descriptor may be returned; only MODE SENSE(10) can ask for it. */
  readonly llbaa: boolean;
  /** DBD: no block descriptor wanted. */
  readonly dbd: boolean;
  /** PC, 0 to 3: current, changeable, default or saved values. */
  readonly pageControl: number;
  /** PAGE CODE, 0 to 63; 3Fh is all pages. */
  readonly pageCode: number;
  /** SUBPAGE CODE, 0 to 255; FFh is all subpages. */
  readonly subpageCode: number;
  /** ALLOCATION LENGTH in bytes, 0 to 255 or 65535. */
  readonly allocationLength: number;
}

/** CDB of MODE SENSE(6). */
export const MODE_SENSE_6: CdbSpec<ModeSense> = {
  op: 'MODE SENSE',
  opcode: 0x1a,
  length: 6,
  transfer: 'allocation in',
  fields: {
    cdbLength: ['fixed', 6],
    llbaa: ['fixed', false],
    dbd: ['bit', 1, 3],
    pageControl: ['bits', 2, 7, 6],
    pageCode: ['bits', 2, 5, 0],
    subpageCode: ['u8', 3],
    allocationLength: ['u8', 4],
  },
};

/** CDB of MODE SENSE(10). */
export const MODE_SENSE_10: CdbSpec<ModeSense> = {
  op: 'MODE SENSE',
  opcode: 0x5a,
  length: 10,
  transfer: 'allocation in',
  fields: {
    cdbLength: ['fixed', 10],
    llbaa: ['bit', 1, 4],
    dbd: ['bit', 1, 3],
    pageControl: ['bits', 2, 7, 6],
    pageCode: ['bits', 2, 5, 0],
    subpageCode: ['u8', 3],
    allocationLength: ['u16', 7],
  },
};
