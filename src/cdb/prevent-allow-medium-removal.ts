import type { CdbRequest, CdbSpec } from './spec.ts';

/** PREVENT ALLOW MEDIUM REMOVAL (SPC): whether the medium may leave the drive. */
export interface PreventAllowMediumRemoval extends CdbRequest {
  readonly op: 'PREVENT ALLOW MEDIUM REMOVAL';
  /** PREVENT, 0 to 3: 0 allowed, 1 prevented; 2 and 3 are the same for a device with a changer. */
  readonly prevent: number;
}

/** CDB of PREVENT ALLOW MEDIUM REMOVAL. */
export const PREVENT_ALLOW_MEDIUM_REMOVAL_6: CdbSpec<PreventAllowMediumRemoval> = {
  op: 'PREVENT ALLOW MEDIUM REMOVAL',
  opcode: 0x1e,
  length: 6,
  transfer: 'none',
  fields: {
    prevent: ['bits', 4, 1, 0],
  },
};
