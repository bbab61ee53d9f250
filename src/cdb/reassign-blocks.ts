import { getU16, getU32, getU64, putU16, putU32, putU64 } from '../bytes.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** REASSIGN BLOCKS (SBC): moves blocks to another place on the medium. */
export interface ReassignBlocks extends CdbRequest {
  readonly op: 'REASSIGN BLOCKS';
  /** LONGLBA: the list has addresses of 8 bytes, not 4. */
  readonly longLba: boolean;
  /** LONGLIST: the length of the list has 32 bits, not 16. */
  readonly longList: boolean;
}

/** CDB of REASSIGN BLOCKS. */
export const REASSIGN_BLOCKS_6: CdbSpec<ReassignBlocks> = {
  op: 'REASSIGN BLOCKS',
  opcode: 0x07,
  length: 6,
  transfer: 'headed list out',
  fields: { longLba: ['bit', 1, 1], longList: ['bit', 1, 0] },
};

/** How the parameter list of REASSIGN BLOCKS is coded: what the CDB says of it. */
export type ReassignListForm = Pick<ReassignBlocks, 'longLba' | 'longList'>;

/** Bytes of the parameter list header of REASSIGN BLOCKS. */
export const REASSIGN_HEADER_LENGTH = 4;

/** Bytes of an address of the list. */
export const reassignLbaLength = ({ longLba }: ReassignListForm): number => (longLba ? 8 : 4);

/**
 * Encodes the parameter list of REASSIGN BLOCKS.
 *
 * @throws RangeError - an address, or the length of the list, has no code in its field.
 */
export function encodeReassignList(lbas: readonly number[], form: ReassignListForm): Uint8Array {
  const size = reassignLbaLength(form);
  const length = size * lbas.length;
  if (!form.longList && length > 0xffff)
    throw new RangeError(`REASSIGN BLOCKS: ${lbas.length} addresses need LONGLIST`);
  const bytes = new Uint8Array(REASSIGN_HEADER_LENGTH + length);
  if (form.longList) putU32(bytes, 0, length);
  else putU16(bytes, 2, length);
  for (const [i, lba] of lbas.entries()) {
    const largest = form.longLba ? Number.MAX_SAFE_INTEGER : 0xffff_ffff;
    if (!Number.isInteger(lba) || lba < 0 || lba > largest)
      throw new RangeError(`REASSIGN BLOCKS: ${lba} is not an address from 0 to ${largest}`);
    const at = REASSIGN_HEADER_LENGTH + size * i;
    if (form.longLba) putU64(bytes, at, lba);
    else putU32(bytes, at, lba);
  }
  return bytes;
}

/**
 * Decodes the parameter list of REASSIGN BLOCKS.
 *
 * @returns the addresses; `undefined` where the bytes end before the list does, or the list ends
 * within an address.
 */
export function decodeReassignList(
  bytes: Uint8Array,
  form: ReassignListForm,
): readonly number[] | undefined {
  if (bytes.length < REASSIGN_HEADER_LENGTH) return undefined;
  const size = reassignLbaLength(form);
  const length = form.longList ? getU32(bytes, 0) : getU16(bytes, 2);
  if (length % size !== 0 || length > bytes.length - REASSIGN_HEADER_LENGTH) return undefined;
  return Array.from({ length: length / size }, (_, i) => {
    const at = REASSIGN_HEADER_LENGTH + size * i;
    return form.longLba ? getU64(bytes, at) : getU32(bytes, at);
  });
}
