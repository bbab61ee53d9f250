import { THIRD_PARTY_COPY_OUT } from './extended-copy.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** COPY OPERATION ABORT (SPC): ends a third-party copy that this initiator began. */
export interface CopyOperationAbort extends CdbRequest {
  readonly op: 'COPY OPERATION ABORT';
  /** LIST IDENTIFIER of the copy, 0 to 2^32 − 1. */
  readonly listId: number;
}

/** CDB of COPY OPERATION ABORT. */
export const COPY_OPERATION_ABORT_16: CdbSpec<CopyOperationAbort> = {
  op: 'COPY OPERATION ABORT',
  opcode: THIRD_PARTY_COPY_OUT,
  serviceAction: 0x1c,
  length: 16,
  transfer: 'none',
  fields: { listId: ['u32', 2] },
};
