import type { CdbRequest, CdbSpec } from './spec.ts';

/** RELEASE (SPC-2): ends what RESERVE began. */
export interface Release extends CdbRequest {
  readonly op: 'RELEASE';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 6 | 10;
  /** 3RDPTY: release what is reserved for another initiator; obsolete since SPC-3. */
  readonly thirdParty: boolean;
  /** LONGID: the third party is named in the parameter list; obsolete since SPC-3. */
  readonly longId: boolean;
  /** EXTENT: release a part of the unit; obsolete since SPC-2. */
  readonly extent: boolean;
}

/** CDB of RELEASE(6). */
export const RELEASE_6: CdbSpec<Release> = {
  op: 'RELEASE',
  opcode: 0x17,
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

/** CDB of RELEASE(10). */
export const RELEASE_10: CdbSpec<Release> = {
  op: 'RELEASE',
  opcode: 0x57,
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
