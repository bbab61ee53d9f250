import type { CdbRequest, CdbSpec } from './spec.ts';

/** LOG SELECT (SPC): resets or sets log parameters. Its parameter list is in `scsi-target/log`. */
export interface LogSelect extends CdbRequest {
  readonly op: 'LOG SELECT';
  /** PCR: all parameters that can be reset are. */
  readonly parameterCodeReset: boolean;
  /** SP: the parameters are saved. */
  readonly savePages: boolean;
  /** PC, 0 to 3: threshold, cumulative, default threshold or default cumulative values. */
  readonly pageControl: number;
  /** PAGE CODE, 0 to 63: the page that is meant where there is no list; 0: all pages. */
  readonly pageCode: number;
  /** SUBPAGE CODE, 0 to 255; FFh: all subpages. */
  readonly subpageCode: number;
  /** PARAMETER LIST LENGTH in bytes, 0 to 65535. */
  readonly parameterListLength: number;
}

/** CDB of LOG SELECT. */
export const LOG_SELECT_10: CdbSpec<LogSelect> = {
  op: 'LOG SELECT',
  opcode: 0x4c,
  length: 10,
  transfer: 'list out',
  fields: {
    parameterCodeReset: ['bit', 1, 1],
    savePages: ['bit', 1, 0],
    pageControl: ['bits', 2, 7, 6],
    pageCode: ['bits', 2, 5, 0],
    subpageCode: ['u8', 3],
    parameterListLength: ['u16', 7],
  },
};
