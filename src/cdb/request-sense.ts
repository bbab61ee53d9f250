import type { CdbRequest, CdbSpec } from './spec.ts';

/** REQUEST SENSE (SPC): fetches sense data, a pending unit attention first. */
export interface RequestSense extends CdbRequest {
  readonly op: 'REQUEST SENSE';
  /** DESC: descriptor format wanted; else fixed. */
  readonly desc: boolean;
  /** ALLOCATION LENGTH in bytes, 0 to 255. */
  readonly allocationLength: number;
}

/** CDB of REQUEST SENSE. */
export const REQUEST_SENSE_6: CdbSpec<RequestSense> = {
  op: 'REQUEST SENSE',
  opcode: 0x03,
  length: 6,
  transfer: 'allocation in',
  fields: { desc: ['bit', 1, 0], allocationLength: ['u8', 4] },
};
