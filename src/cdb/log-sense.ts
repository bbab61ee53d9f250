import type { CdbRequest, CdbSpec } from './spec.ts';

/** LOG SENSE (SPC): fetches a log page. The pages are in `scsi-target/log`. */
export interface LogSense extends CdbRequest {
  readonly op: 'LOG SENSE';
  /** SP: the parameters are saved before they are returned. */
  readonly savePages: boolean;
  /** PC, 0 to 3: threshold, cumulative, default threshold or default cumulative values. */
  readonly pageControl: number;
  /** PAGE CODE, 0 to 63; 0 lists the pages. */
  readonly pageCode: number;
  /** SUBPAGE CODE, 0 to 255; FFh lists the subpages. */
  readonly subpageCode: number;
  /** PARAMETER POINTER, 0 to 65535: the code of the first parameter that is wanted. */
  readonly parameterPointer: number;
  /** ALLOCATION LENGTH in bytes, 0 to 65535. */
  readonly allocationLength: number;
}

/** CDB of LOG SENSE. */
export const LOG_SENSE_10: CdbSpec<LogSense> = {
  op: 'LOG SENSE',
  opcode: 0x4d,
  length: 10,
  transfer: 'allocation in',
  fields: {
    savePages: ['bit', 1, 0],
    pageControl: ['bits', 2, 7, 6],
    pageCode: ['bits', 2, 5, 0],
    subpageCode: ['u8', 3],
    parameterPointer: ['u16', 5],
    allocationLength: ['u16', 7],
  },
};
