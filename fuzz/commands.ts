/** SCSI commands that are nearly right: every form of every command, then changed in some place. */
import {
  CDB_SPECS,
  transferLength,
  type CdbRequest,
  type CdbSpec,
  type Request,
} from '../src/cdb/index.ts';
import { fieldExtent, writeField, type AnyField } from '../src/layout.ts';
import { parameterList, type Found } from './parameter-lists.ts';
import type { Random } from './random.ts';
import { GEOMETRIES, type Geometry } from './units.ts';

/** A command as an attacker sends it. */
export interface Attempt {
  readonly lun: number;
  readonly cdb: Uint8Array;
  /** Its data-out; empty: none. */
  readonly dataOut: Uint8Array;
  /** Bytes of data-in that are expected. */
  readonly dataInLength: number;
}

const SPECS: readonly CdbSpec[] = Object.values<readonly CdbSpec[]>(CDB_SPECS).flat();

/** Those that move blocks, which are to happen more often than one in two hundred. */
const MOVING = SPECS.filter(({ op, length }) => (op === 'READ' || op === 'WRITE') && length < 32);

const LUNS = [...GEOMETRIES.keys()];
const NO_LUNS = [8, 0x3fff, 0xc101] as const;

/** Most data of one command. */
const MOST = 64 * 1024;

/** Makes one. */
export function attempt(random: Random, found: Found): Attempt {
  found.home ??= random.pick(LUNS);
  const lun = random.chance(0.7) ? found.home : random.pick(random.chance(0.05) ? NO_LUNS : LUNS);
  const unit = GEOMETRIES[lun] ?? GEOMETRIES[0]!;
  if (random.chance(0.03)) return anything(random, lun);
  const spec = random.pick(random.chance(0.3) ? MOVING : SPECS);
  const list = parameterList(spec.op, spec.length, random, unit, found);
  const { cdb, request } = cdbOf(spec, random, unit, list?.length ?? random.pick([0, 8, 24, 512]));
  const { direction, length } = transferLength(spec, request, unit.blockLength);
  const outLength = Math.min(MOST, direction === 'out' ? length : 0);
  let dataOut = list ?? (outLength > 0 ? random.bytes(outLength) : new Uint8Array(0));
  if (random.chance(0.2)) dataOut = mutated(random, dataOut);
  const expected = direction === 'in' ? Math.min(length, 4 * MOST) : 0;
  return {
    lun,
    cdb: random.chance(0.08) ? flipped(random, cdb) : cdb,
    dataOut,
    dataInLength: random.chance(0.9) ? expected : random.pick([0, 1, 36, 512, 4096, 0xffff_ffff]),
  };
}

/** Bytes that no table gives. */
function anything(random: Random, lun: number): Attempt {
  const cdb = random.bytes(random.pick([1, 6, 10, 12, 16, 16, 32, 40]));
  return {
    lun,
    cdb,
    dataOut: random.bytes(random.pick([0, 0, 8, 512])),
    dataInLength: random.pick([0, 36, 512, 4096, 0xffff_ffff]),
  };
}

/** The CDB of a form, and what it says. */
function cdbOf(
  spec: CdbSpec,
  random: Random,
  unit: Geometry,
  listLength: number,
): { readonly cdb: Uint8Array; readonly request: CdbRequest } {
  const cdb = new Uint8Array(spec.length);
  cdb[0] = spec.opcode;
  if (spec.serviceAction !== undefined) {
    if (spec.opcode === 0x7f) {
      cdb[7] = spec.length - 8;
      cdb[8] = spec.serviceAction >> 8;
      cdb[9] = spec.serviceAction;
    } else cdb[1] = spec.serviceAction;
  }
  const request: Record<string, unknown> = { op: spec.op };
  for (const [name, field] of Object.entries<AnyField>(spec.fields)) {
    if (field[0] === 'fixed') request[name] = field[1];
    else {
      const value = valueOf(spec.op, name, field, random, unit, listLength);
      try {
        writeField(field, cdb, name, value);
        request[name] = value;
      } catch {
        // It has no room for that: it stays zero.
      }
    }
  }
  return { cdb, request: request as unknown as Request };
}

/** How often a bit is set that is seldom of use otherwise. */
const LIKELY: Readonly<Record<string, number>> = {
  evpd: 0.6,
  pageFormat: 0.9,
  pageCodeValid: 0.8,
  start: 0.85,
  immed: 0.3,
  formatData: 0.7,
  noDataOut: 0.2,
  unmap: 0.2,
  selfTest: 0.3,
};

/** What a field can be where most numbers have no meaning; `OPERATION NAME` goes before `NAME`. */
const MEANINGS: Readonly<Record<string, readonly number[]>> = {
  'INQUIRY pageCode': [
    0, 0x80, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x8a, 0x8f, 0x90, 0x91, 0xb0, 0xb1, 0xb2, 0xb3,
    0xb7,
  ],
  'LOG SENSE pageCode': [
    0, 2, 3, 5, 6, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x15, 0x18, 0x19, 0x1a, 0x2f,
  ],
  'LOG SENSE pageControl': [1],
  'LOG SELECT pageControl': [0, 1, 2, 3],
  'MODE SENSE pageCode': [1, 2, 7, 8, 0x0a, 0x18, 0x19, 0x1a, 0x1c, 0x3f],
  'MODE SENSE pageControl': [0, 1, 2, 3],
  'MODE SENSE subpageCode': [0, 0, 0, 1, 2, 0xff],
  'READ BUFFER mode': [0, 2, 3, 0x0a, 0x0b, 0x1c],
  'WRITE BUFFER mode': [2, 4, 5, 6, 7, 0x0a, 0x0d, 0x0e, 0x0f],
  'RECEIVE DIAGNOSTIC RESULTS pageCode': [0, 0x40, 0x41],
  'SEND DIAGNOSTIC selfTestCode': [0, 0, 1, 2, 4, 5, 6],
  'REPORT SUPPORTED OPERATION CODES reportingOptions': [0, 1, 2, 3],
  informationType: [0, 1, 2, 127],
  bufferOffset: [0, 0, 4, 512, 4096],
  byteTransferLength: [512, 520, 4096, 4104],
  protect: [0, 0, 0, 0, 1, 3, 5],
  allocationLength: [0, 4, 36, 252, 255, 4096],
  byteCheck: [0, 1, 3],
  listId: [0, 1, 2, 3],
  type: [1, 3, 5, 6, 7, 8],
  ranges: [0, 1, 2],
  dataOffset: [0, 1, 2],
  scope: [0],
};

/** Which bits of a field a number can have: those of its bytes, or fewer. */
const MOST_BITS = { bit: 1, bits: 8, 'bits+u16': 21, u8: 8, u16: 16, u24: 24, u32: 32, u64: 53 };

function valueOf(
  op: string,
  name: string,
  field: AnyField,
  random: Random,
  { blocks }: Geometry,
  listLength: number,
): unknown {
  if (field[0] === 'bit') return random.chance(LIKELY[name] ?? 0.04);
  if (field[0] === 'id64') return BigInt(random.int(4));
  if (field[0] === 'ascii' || field[0] === 'fixed') return undefined;
  if (random.chance(0.02)) return extreme(random, field);
  const meanings = MEANINGS[`${op} ${name}`] ?? MEANINGS[name];
  if (meanings !== undefined && random.chance(0.95)) return random.pick(meanings);
  switch (name) {
    case 'lba':
      return random.int(blocks);
    case 'blocks':
      return random.int(8);
    case 'parameterListLength':
      return listLength;
    default:
      return random.chance(0.75) ? 0 : random.int(256);
  }
}

/** The largest that the field takes, or near it, or anything. */
function extreme(random: Random, field: AnyField): number {
  const [, count] = fieldExtent(field);
  const kind = field[0] as keyof typeof MOST_BITS;
  const most =
    field[0] === 'bits'
      ? 2 ** (field[2] - field[3] + 1)
      : 2 ** Math.min(MOST_BITS[kind], count * 8);
  return random.chance(0.5) ? most - 1 - random.int(2) : random.int(Math.min(most, 2 ** 32));
}

/** The same, cut, longer, or with bits that are others. */
export function mutated(random: Random, bytes: Uint8Array): Uint8Array {
  switch (random.int(5)) {
    case 0:
      return bytes.subarray(0, random.int(bytes.length + 1));
    case 1:
      return Buffer.concat([bytes, random.bytes(random.int(64))]);
    case 2:
      return random.bytes(bytes.length);
    default:
      return flipped(random, bytes);
  }
}

/** The same with a few bits that are others, early ones more often. */
export function flipped(random: Random, bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  for (let i = 1 + random.int(3); i > 0 && changed.length > 0; i--) {
    const at = random.int(random.chance(0.5) ? Math.min(40, changed.length) : changed.length);
    changed[at]! ^= 1 << random.int(8);
  }
  return changed;
}
