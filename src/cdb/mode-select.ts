import type { CdbRequest, CdbSpec } from './spec.ts';

/** MODE SELECT (SPC): changes mode parameters. Its parameter list is in `scsi-target/mode`. */
export interface ModeSelect extends CdbRequest {
  readonly op: 'MODE SELECT';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 6 | 10;
  /** PF: the pages are as the standard has them, not the vendor's own. */
  readonly pageFormat: boolean;
  /** RTD: all mode pages go back to their default values. */
  readonly revertToDefaults: boolean;
  /** SP: the pages are saved as well. */
  readonly savePages: boolean;
  /** PARAMETER LIST LENGTH in bytes, 0 to 255 or 65535; 0 changes nothing. */
  readonly parameterListLength: number;
}

/** CDB of MODE SELECT(6). */
export const MODE_SELECT_6: CdbSpec<ModeSelect> = {
  op: 'MODE SELECT',
  opcode: 0x15,
  length: 6,
  transfer: 'list out',
  fields: {
    cdbLength: ['fixed', 6],
    pageFormat: ['bit', 1, 4],
    revertToDefaults: ['bit', 1, 1],
    savePages: ['bit', 1, 0],
    parameterListLength: ['u8', 4],
  },
};

/** CDB of MODE SELECT(10). */
export const MODE_SELECT_10: CdbSpec<ModeSelect> = {
  op: 'MODE SELECT',
  opcode: 0x55,
  length: 10,
  transfer: 'list out',
  fields: {
    cdbLength: ['fixed', 10],
    pageFormat: ['bit', 1, 4],
    revertToDefaults: ['bit', 1, 1],
    savePages: ['bit', 1, 0],
    parameterListLength: ['u16', 7],
  },
};
