/**
 * What a command descriptor block means, as one row of plain data a CDB form.
 *
 * Decoder, encoder, usage mask, reserved-bit check and field pointers all come from the row (see
 * `codec.ts`), so they cannot disagree.
 */
import { fieldExtent, layoutMask, type Layout } from '../layout.ts';
import { PROTECTION_LENGTH } from './protection-information.ts';
import type { FieldPointer } from '../sense/sense-data.ts';

/** The lengths of the CDB forms, in bytes. */
export type CdbLength = 6 | 10 | 12 | 16 | 32;

/**
 * What every request has. A request is a plain object named by `op`; where one `op` has CDB forms
 * of several lengths it also has `cdbLength`.
 */
export interface CdbRequest {
  /** The command's name in the standard, without the CDB length where the forms share a shape. */
  readonly op: string;
  /** NACA bit of the CONTROL byte: establish an ACA condition on error (SAM). */
  readonly naca: boolean;
}

/**
 * What a command moves, and which field counts it:
 *
 * - `none`: nothing;
 * - `blocks in`, `blocks out`: `blocks` logical blocks;
 * - `twice the blocks out`: two times `blocks` logical blocks;
 * - `one block out`: one logical block, or none where `noDataOut` is set;
 * - `verify out`: nothing, `blocks` logical blocks or one, as `byteCheck` says;
 * - `bytes in`, `bytes out`: `byteTransferLength` bytes, or none where `writeUncorrectable` is set;
 * - `headed list out`: a parameter list whose header, of 4 bytes, says how long it is;
 * - `list out`: a parameter list of `parameterListLength` bytes, or 512 each where `increments` is set;
 * - `format out`: a parameter list where `formatData` is set; its header says how long it is;
 * - `allocation in`: at most `allocationLength` bytes, or 512 each where `increments` is set;
 * - `['bytes in', n]`: `n` bytes, whatever the CDB says.
 *
 * Where `protect` is not 0, each of the blocks has 8 bytes of protection information behind it.
 */
export type Transfer =
  | 'none'
  | 'blocks in'
  | 'blocks out'
  | 'twice the blocks out'
  | 'one block out'
  | 'verify out'
  | 'bytes in'
  | 'bytes out'
  | 'headed list out'
  | 'list out'
  | 'format out'
  | 'allocation in'
  | readonly ['bytes in', length: number];

/** The members of a request that lie in fields of its CDB. */
export type CdbFields<R extends CdbRequest> = Omit<R, 'op' | 'naca'>;

/** One CDB form of a command. */
export interface CdbSpec<R extends CdbRequest = CdbRequest> {
  /** The command's name: `op` of its requests. */
  readonly op: R['op'];
  /** OPERATION CODE, 0 to 255. */
  readonly opcode: number;
  /** SERVICE ACTION: 5 bits of byte 1, or 16 bits at byte 8 for operation code 7Fh. */
  readonly serviceAction?: number;
  /** Bytes of the CDB. */
  readonly length: CdbLength;
  /** What the command moves. */
  readonly transfer: Transfer;
  /** Where each member of the request lies; a member that this form lacks is `['fixed', value]`. */
  readonly fields: Layout<CdbFields<R>>;
  /** Obsolete bits that are accepted whatever their value: byte offset and mask. */
  readonly ignored?: readonly (readonly [byte: number, mask: number])[];
  /** Decodes a whole CDB of this form to the same request as the fields, but quicker; absent: those do. */
  readonly decode?: (cdb: Uint8Array) => R;
}

/** VARIABLE LENGTH CDB: its service action, length and CONTROL byte have places of their own. */
export const VARIABLE_LENGTH = 0x7f;

/** NACA's bit in the CONTROL byte. */
export const NACA_BIT = 0x04;

/** Vendor specific bits of the CONTROL byte. */
const VENDOR_BITS = 0xc0;

/** The offset of the CONTROL byte. */
export function controlByte(spec: CdbSpec): number {
  return spec.opcode === VARIABLE_LENGTH ? 1 : spec.length - 1;
}

/** Bytes of a CDB by its group, the three highest bits of the operation code (SPC); 0: not known. */
const GROUP_LENGTHS = [6, 10, 10, 0, 16, 12, 0, 0] as const;

/** NACA of a CDB. Without a spec the operation code has to say where the CONTROL byte is. */
export function nacaOf(cdb: Uint8Array, spec?: CdbSpec): boolean {
  const opcode = cdb[0] ?? 0;
  const last = (GROUP_LENGTHS[opcode >> 5] ?? 0) - 1;
  const control = spec ? controlByte(spec) : opcode === VARIABLE_LENGTH ? 1 : last;
  return ((cdb[control] ?? 0) & NACA_BIT) !== 0;
}

/** Fields that are decoded, and make no difference: nothing is counted by groups (GROUP_SUP is 0). */
export const UNUSED_FIELDS: readonly string[] = ['groupNumber'];

/** The bits of a CDB form that have a meaning, apart from operation code and service action. */
export function usageMask(spec: CdbSpec): Uint8Array {
  return layoutMask(spec.fields, spec.length);
}

/**
 * CDB USAGE DATA as REPORT SUPPORTED OPERATION CODES returns it: the bits that the device server
 * evaluates, NACA among them, with the operation code and service action in their places.
 */
export function usageData(spec: CdbSpec): Uint8Array {
  const names = Object.keys(spec.fields).filter((name) => !UNUSED_FIELDS.includes(name));
  const usage = layoutMask<object>(spec.fields, spec.length, names as never[]);
  usage[0] = spec.opcode;
  const control = controlByte(spec);
  usage[control] = (usage[control] ?? 0) | NACA_BIT;
  if (spec.serviceAction !== undefined) {
    if (spec.opcode === VARIABLE_LENGTH) {
      usage[7] = spec.length - 8;
      usage[8] = spec.serviceAction >> 8;
      usage[9] = spec.serviceAction;
    } else usage[1] = (usage[1] ?? 0) | spec.serviceAction;
  }
  return usage;
}

/** The bits that have to be zero: all that no field, no obsolete bit and no vendor bit covers. */
export function reservedMask(spec: CdbSpec): Uint8Array {
  const used = usageMask(spec);
  const use = (byte: number, mask: number): void => {
    used[byte] = (used[byte] ?? 0) | mask;
  };
  use(0, 0xff);
  use(controlByte(spec), NACA_BIT | VENDOR_BITS);
  if (spec.opcode === VARIABLE_LENGTH) for (const byte of [7, 8, 9]) use(byte, 0xff);
  else if (spec.serviceAction !== undefined) use(1, 0x1f);
  for (const [byte, mask] of spec.ignored ?? []) use(byte, mask);
  return used.map((mask) => ~mask);
}

/** Where a member of the request lies in the CDB, for the FIELD POINTER of sense data. */
export function fieldPointer<R extends CdbRequest>(
  spec: CdbSpec<R>,
  name: keyof CdbFields<R>,
): FieldPointer {
  const field = spec.fields[name];
  const [byte] = fieldExtent(field);
  const bit = field[0] === 'bit' || field[0] === 'bits' || field[0] === 'bits+u16' ? field[2] : -1;
  return bit < 0 ? { in: 'cdb', byte } : { in: 'cdb', byte, bit };
}

/** The direction and length of a command's data, from its request. */
export interface TransferLength {
  /** As the initiator sees it. */
  readonly direction: 'none' | 'in' | 'out';
  /**
   * Bytes: exact for blocks and lists, the least there can be where the list itself says it
   * (`format out`, `headed list out`), the most there can be for an allocation.
   */
  readonly length: number;
}

/** The fields that count what a command moves. */
type Counts = Partial<
  Record<
    | 'blocks'
    | 'dataOffset'
    | 'parameterListLength'
    | 'allocationLength'
    | 'byteCheck'
    | 'byteTransferLength'
    | 'protect',
    number
  > &
    Record<'noDataOut' | 'formatData' | 'longList' | 'increments' | 'writeUncorrectable', boolean>
>;

/** Bytes that INC_512 counts. */
const INCREMENT = 512;

/** The most bytes of data-in that a request with an ALLOCATION LENGTH takes. */
export function allocationOf(request: CdbRequest): number {
  const { allocationLength = 0, increments } = request as Counts;
  return increments === true ? allocationLength * INCREMENT : allocationLength;
}

/**
 * Bytes that a logical block of a command has on its way: where RDPROTECT, WRPROTECT, VRPROTECT or
 * ORPROTECT is not 0, protection information follows it.
 */
export function transferredBlockLength(
  { protect = 0 }: { readonly protect?: number },
  blockLength: number,
): number {
  return protect === 0 ? blockLength : blockLength + PROTECTION_LENGTH;
}

/** How much data a request moves on a disk with logical blocks of `blockLength` bytes. */
export function transferLength(
  spec: CdbSpec,
  request: CdbRequest,
  blockLength: number,
): TransferLength {
  const { transfer } = spec;
  const count = request as Counts;
  const block = transferredBlockLength(count, blockLength);
  switch (transfer) {
    case 'none':
      return { direction: 'none', length: 0 };
    case 'blocks in':
      return { direction: 'in', length: (count.blocks ?? 0) * block };
    case 'blocks out':
      return { direction: 'out', length: (count.blocks ?? 0) * block };
    case 'twice the blocks out':
      return { direction: 'out', length: 2 * (count.blocks ?? 0) * block };
    case 'one block out':
      return count.noDataOut === true
        ? { direction: 'none', length: 0 }
        : { direction: 'out', length: block };
    case 'verify out':
      if ((count.byteCheck ?? 0) === 0) return { direction: 'none', length: 0 };
      return {
        direction: 'out',
        length: (count.byteCheck === 3 ? 1 : (count.blocks ?? 0)) * block,
      };
    case 'bytes in':
      return { direction: 'in', length: count.byteTransferLength ?? 0 };
    case 'bytes out':
      return count.writeUncorrectable === true
        ? { direction: 'none', length: 0 }
        : { direction: 'out', length: count.byteTransferLength ?? 0 };
    case 'headed list out':
      return { direction: 'out', length: 4 };
    case 'list out':
      return {
        direction: 'out',
        length: (count.parameterListLength ?? 0) * (count.increments === true ? INCREMENT : 1),
      };
    case 'format out':
      return count.formatData === true
        ? { direction: 'out', length: count.longList === true ? 8 : 4 }
        : { direction: 'none', length: 0 };
    case 'allocation in':
      return { direction: 'in', length: allocationOf(request) };
    default:
      return { direction: 'in', length: transfer[1] };
  }
}
