import type { Layout } from '../layout.ts';
import { EXPECTED_TAGS_32, NO_EXPECTED_TAGS, type ExpectedTags } from './block-io.ts';
import { VARIABLE_LENGTH, type CdbRequest, type CdbSpec } from './spec.ts';

/** What VERIFY and WRITE AND VERIFY say of the blocks. */
export interface VerifyIo extends ExpectedTags {
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 10 | 12 | 16 | 32;
  /** LOGICAL BLOCK ADDRESS, 0 to 2^32 − 1 or 2^53 − 1. */
  readonly lba: number;
  /** VERIFICATION or TRANSFER LENGTH in blocks, 0 to 65535 or 2^32 − 1. */
  readonly blocks: number;
  /**
   * BYTCHK, 0 to 3: 0 the medium is read; 1 it is compared with data-out; 3 each block is compared
   * with the one block of data-out; 2 is reserved.
   */
  readonly byteCheck: number;
  /** DPO: no use in caching these blocks. */
  readonly dpo: boolean;
  /** VRPROTECT or WRPROTECT, 0 to 7. */
  readonly protect: number;
  /** GROUP NUMBER, 0 to 63. */
  readonly groupNumber: number;
}

/** VERIFY (SBC): checks that blocks can be read, or that they are what the initiator has. */
export interface Verify extends CdbRequest, VerifyIo {
  readonly op: 'VERIFY';
}

/** Fields of the 10-byte form. */
export const VERIFY_IO_10: Layout<VerifyIo> = {
  ...NO_EXPECTED_TAGS,
  cdbLength: ['fixed', 10],
  protect: ['bits', 1, 7, 5],
  dpo: ['bit', 1, 4],
  byteCheck: ['bits', 1, 2, 1],
  lba: ['u32', 2],
  groupNumber: ['bits', 6, 5, 0],
  blocks: ['u16', 7],
};

/** Fields of the 12-byte form. */
export const VERIFY_IO_12: Layout<VerifyIo> = {
  ...NO_EXPECTED_TAGS,
  cdbLength: ['fixed', 12],
  protect: ['bits', 1, 7, 5],
  dpo: ['bit', 1, 4],
  byteCheck: ['bits', 1, 2, 1],
  lba: ['u32', 2],
  blocks: ['u32', 6],
  groupNumber: ['bits', 10, 5, 0],
};

/** Fields of the 16-byte form. */
export const VERIFY_IO_16: Layout<VerifyIo> = {
  ...NO_EXPECTED_TAGS,
  cdbLength: ['fixed', 16],
  protect: ['bits', 1, 7, 5],
  dpo: ['bit', 1, 4],
  byteCheck: ['bits', 1, 2, 1],
  lba: ['u64', 2],
  blocks: ['u32', 10],
  groupNumber: ['bits', 14, 5, 0],
};

/** Fields of the 32-byte form, which is there with type 2 protection only. */
export const VERIFY_IO_32: Layout<VerifyIo> = {
  ...EXPECTED_TAGS_32,
  cdbLength: ['fixed', 32],
  groupNumber: ['bits', 6, 5, 0],
  protect: ['bits', 10, 7, 5],
  dpo: ['bit', 10, 4],
  byteCheck: ['bits', 10, 2, 1],
  lba: ['u64', 12],
  blocks: ['u32', 28],
};

/** CDB of VERIFY(10). RELADR (byte 1 bit 0) is obsolete. */
export const VERIFY_10: CdbSpec<Verify> = {
  op: 'VERIFY',
  opcode: 0x2f,
  length: 10,
  transfer: 'verify out',
  fields: VERIFY_IO_10,
  ignored: [[1, 0x01]],
};

/** CDB of VERIFY(12). RELADR (byte 1 bit 0) is obsolete. */
export const VERIFY_12: CdbSpec<Verify> = {
  op: 'VERIFY',
  opcode: 0xaf,
  length: 12,
  transfer: 'verify out',
  fields: VERIFY_IO_12,
  ignored: [[1, 0x01]],
};

/** CDB of VERIFY(16). */
export const VERIFY_16: CdbSpec<Verify> = {
  op: 'VERIFY',
  opcode: 0x8f,
  length: 16,
  transfer: 'verify out',
  fields: VERIFY_IO_16,
};

/** CDB of VERIFY(32). */
export const VERIFY_32: CdbSpec<Verify> = {
  op: 'VERIFY',
  opcode: VARIABLE_LENGTH,
  serviceAction: 0x0a,
  length: 32,
  transfer: 'verify out',
  fields: VERIFY_IO_32,
};
