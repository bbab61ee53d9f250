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

/** WRITE (SBC): writes logical blocks. */
export interface Write extends CdbRequest, BlockIo {
  readonly op: 'WRITE';
}

/** CDB of WRITE(6). */
export const WRITE_6: CdbSpec<Write> = {
  op: 'WRITE',
  opcode: 0x0a,
  length: 6,
  transfer: 'blocks out',
  fields: BLOCK_IO_6,
};

// Byte 1: FUA_NV and RELADR, both obsolete.
const IGNORED = [[1, 0x03]] as const;

/** CDB of WRITE(10). */
export const WRITE_10: CdbSpec<Write> = {
  op: 'WRITE',
  opcode: 0x2a,
  length: 10,
  transfer: 'blocks out',
  fields: BLOCK_IO_10,
  ignored: IGNORED,
  decode: (cdb) => decodeBlockIo10('WRITE', cdb),
};

/** CDB of WRITE(12). */
export const WRITE_12: CdbSpec<Write> = {
  op: 'WRITE',
  opcode: 0xaa,
  length: 12,
  transfer: 'blocks out',
  fields: BLOCK_IO_12,
  ignored: IGNORED,
};

/** CDB of WRITE(16). */
export const WRITE_16: CdbSpec<Write> = {
  op: 'WRITE',
  opcode: 0x8a,
  length: 16,
  transfer: 'blocks out',
  fields: BLOCK_IO_16,
  ignored: [[1, 0x02]],
  decode: (cdb) => decodeBlockIo16('WRITE', cdb),
};

/** CDB of WRITE(32). */
export const WRITE_32: CdbSpec<Write> = {
  op: 'WRITE',
  opcode: VARIABLE_LENGTH,
  serviceAction: 0x0b,
  length: 32,
  transfer: 'blocks out',
  fields: BLOCK_IO_32,
  ignored: [[10, 0x02]],
};
