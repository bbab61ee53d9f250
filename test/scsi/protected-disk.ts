/** A disk with protection information, and the bytes that move to and from it, written down from SBC. */
import { memoryBackend } from '../../src/backend/memory.ts';
import type { ProtectionType } from '../../src/cdb/protection-information.ts';
import { be, bench, hex, type Bench, type BenchOptions } from './disk-under-test.ts';

/** A bench with 64 blocks that is formatted with a type of protection. */
export const protectedDisk = (protectionType: ProtectionType, options: BenchOptions = {}): Bench =>
  bench({ backend: memoryBackend({ blocks: 64, id: 'bench' }), protectionType, ...options });

/** CRC-16 T10-DIF, bit by bit. */
export function crc(bytes: Uint8Array): number {
  let remainder = 0;
  for (const byte of bytes) {
    remainder ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      remainder = ((remainder << 1) ^ (remainder & 0x8000 ? 0x8bb7 : 0)) & 0xffff;
  }
  return remainder;
}

/** A block that is filled with a byte. */
export const block = (fill: number): Uint8Array => new Uint8Array(512).fill(fill);

/** The 8 bytes: guard, application tag, reference tag. */
export const tuple = (guard: number, applicationTag: number, referenceTag: number): Uint8Array =>
  hex(`${be(guard, 2)} ${be(applicationTag, 2)} ${be(referenceTag, 4)}`);

/** Bytes end to end. */
export const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** A block as it travels with protection information. */
export const sealed = (
  fill: number,
  applicationTag: number,
  referenceTag: number,
  guard: number = crc(block(fill)),
): Uint8Array => joined(block(fill), tuple(guard, applicationTag, referenceTag));

/** A block of zeros whose protection information says that nothing is to be checked. */
export const UNWRITTEN: Uint8Array = sealed(0, 0xffff, 0xffff_ffff, 0xffff);

const byte1 = (protect: number, low = 0): string => be((protect << 5) | low, 1);
const form16 =
  (opcode: number) =>
  (protect: number, lba: number, blocks = 1, low = 0): string =>
    `${be(opcode, 1)} ${byte1(protect, low)} ${be(lba, 8)} ${be(blocks, 4)} 00 00`;

/** READ(16). */
export const read16 = form16(0x88);
/** WRITE(16). */
export const write16 = form16(0x8a);
/** VERIFY(16); BYTCHK is bits 2 and 1 of byte 1. */
export const verify16 = form16(0x8f);
/** WRITE AND VERIFY(16). */
export const writeAndVerify16 = form16(0x8e);
/** WRITE SAME(16); UNMAP is bit 3, NDOB bit 0 of byte 1. */
export const writeSame16 = form16(0x93);
/** ORWRITE(16). */
export const orwrite16 = form16(0x8b);

/** The tags that a 32-byte form expects. */
export interface Tags {
  readonly ref?: number;
  readonly app?: number;
  readonly mask?: number;
}

const form32 =
  (action: number) =>
  (protect: number, lba: number, { ref = 0, app = 0, mask = 0 }: Tags = {}, blocks = 1, low = 0) =>
    `7f 00 00000000 00 18 ${be(action, 2)} ${byte1(protect, low)} 00 ${be(lba, 8)} ${be(ref, 4)} ${be(app, 2)} ${be(mask, 2)} ${be(blocks, 4)}`;

/** READ(32). */
export const read32 = form32(0x09);
/** VERIFY(32). */
export const verify32 = form32(0x0a);
/** WRITE(32). */
export const write32 = form32(0x0b);
/** WRITE AND VERIFY(32). */
export const writeAndVerify32 = form32(0x0c);
/** WRITE SAME(32). */
export const writeSame32 = form32(0x0d);
