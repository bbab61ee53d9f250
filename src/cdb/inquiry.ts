import type { CdbRequest, CdbSpec } from './spec.ts';

/** INQUIRY (SPC): fetches standard INQUIRY data or a vital product data page. */
export interface Inquiry extends CdbRequest {
  readonly op: 'INQUIRY';
  /** EVPD: a VPD page is wanted. */
  readonly evpd: boolean;
  /** PAGE CODE, 0 to 255; 0 where `evpd` is false. */
  readonly pageCode: number;
  /** ALLOCATION LENGTH in bytes, 0 to 65535. */
  readonly allocationLength: number;
}

/** CDB of INQUIRY. CMDDT (byte 1 bit 1) is obsolete but was never ignored by devices: it is reserved. */
export const INQUIRY_6: CdbSpec<Inquiry> = {
  op: 'INQUIRY',
  opcode: 0x12,
  length: 6,
  transfer: 'allocation in',
  fields: { evpd: ['bit', 1, 0], pageCode: ['u8', 2], allocationLength: ['u16', 3] },
};
