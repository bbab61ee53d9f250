import type { CdbRequest, CdbSpec } from './spec.ts';

/** RESERVE (SPC-2): keeps every other initiator from the logical unit. */
export interface Reserve extends CdbRequest {
  readonly op: 'RESERVE';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 6 | 10;
  /** 3RDPTY: reserve for another initiator; obsolete since SPC-3. */
  readonly thirdParty: boolean;
  /** LONGID: the third party is named in the parameter list; obsolete since SPC-3. */
  readonly longId: boolean;
  /** EXTENT: reserve a part of the unit; obsolete since SPC-2. */
  readonly extent: boolean;
}

/** CDB of RESERVE(6). */
export const RESERVE_6: CdbSpec<Reserve> = {
  op: 'RESERVE',
  opcode: 0x16,
  length: 6,
  transfer: 'none',
  fields: {
    cdbLength: ['fixed', 6],
    thirdParty: ['bit', 1, 4],
    longId: ['fixed', false],
    extent: ['bit', 1, 0],
  },
  // Reservation identification: of reservations of extents.
  ignored: [[2, 0xff]],
};

/** CDB of RESERVE(10). */
export const RESERVE_10: CdbSpec<Reserve> = {
  op: 'RESERVE',
  opcode: 0x56,
  length: 10,
  transfer: 'none',
  fields: {
    cdbLength: ['fixed', 10],
    thirdParty: ['bit', 1, 4],
    longId: ['bit', 1, 1],
    extent: ['bit', 1, 0],
  },
  // Reservation identification, and the third party's device ID, which counts with 3RDPTY only.
  ignored: [
    [2, 0xff],
    [3, 0xff],
  ],
};
