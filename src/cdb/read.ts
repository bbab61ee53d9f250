import {
  BLOCK_IO_10,
  BLOCK_IO_12,
  BLOCK_IO_16,
  BLOCK_IO_32,
  BLOCK_IO_6,
  decodeBlockIo10,
  decodeBlockIo16,
  type BlockIo,
} from './block-io.ts';
import { VARIABLE_LENGTH, type CdbRequest, type CdbSpec } from './spec.ts';

/** READ (SBC): reads logical blocks. */
export interface Read extends CdbRequest, BlockIo {
  readonly op: 'READ';
}

/** CDB of READ(6). */
export const READ_6: CdbSpec<Read> = {
  op: 'READ',
  opcode: 0x08,
  length: 6,
  transfer: 'blocks in',
  fields: BLOCK_IO_6,
};

// Byte 1: RARC (without rebuild assist it changes nothing), FUA_NV and RELADR (obsolete).
const IGNORED = [[1, 0x07]] as const;

/** CDB of READ(10). */
export const READ_10: CdbSpec<Read> = {
  op: 'READ',
  opcode: 0x28,
  length: 10,
  transfer: 'blocks in',
  fields: BLOCK_IO_10,
  ignored: IGNORED,
  decode: (cdb) => decodeBlockIo10('READ', cdb),
};

/** CDB of READ(12). */
export const READ_12: CdbSpec<Read> = {
  op: 'READ',
  opcode: 0xa8,
  length: 12,
  transfer: 'blocks in',
  fields: BLOCK_IO_12,
  ignored: IGNORED,
};

/** CDB of READ(16). */
export const READ_16: CdbSpec<Read> = {
  op: 'READ',
  opcode: 0x88,
  length: 16,
  transfer: 'blocks in',
  fields: BLOCK_IO_16,
  ignored: [[1, 0x06]],
  decode: (cdb) => decodeBlockIo16('READ', cdb),
};

/** CDB of READ(32). */
export const READ_32: CdbSpec<Read> = {
  op: 'READ',
  opcode: VARIABLE_LENGTH,
  serviceAction: 0x09,
  length: 32,
  transfer: 'blocks in',
  fields: BLOCK_IO_32,
  ignored: [[10, 0x06]],
};
