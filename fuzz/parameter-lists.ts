/** Parameter lists that are as they should be, to begin with. */
import {
  encodeCopyList,
  encodeFormatUnitList,
  encodePersistentReserveOutList,
  encodePopulateTokenList,
  encodePriorityDescriptor,
  encodeReassignList,
  encodeRegisterAndMoveList,
  encodeScatteredList,
  encodeTimestampList,
  encodeUnmapList,
  encodeWriteUsingTokenList,
  zeroRodToken,
  type CopyList,
  type CscdDescriptor,
} from '../src/cdb/index.ts';
import type { Random } from './random.ts';
import { GEOMETRIES, type Geometry } from './units.ts';

/** What an attacker has found out on its way. */
export interface Found {
  /** The LUN that most of its commands are for: what one begins, another can go on with. */
  home?: number;
  /** The last ROD token that it got. */
  token?: Uint8Array;
  /** The last data-in of each operation code. */
  readonly dataIn: Map<number, Uint8Array>;
}

type List = (random: Random, unit: Geometry, found: Found) => Uint8Array;

const KEYS = [0n, 1n, 1n, 1n, 1n, 2n] as const;

/** Mode pages by code and subpage, with the length of what follows their header. */
const MODE_PAGES = [
  [0x01, 0, 10],
  [0x02, 0, 14],
  [0x07, 0, 10],
  [0x08, 0, 18],
  [0x0a, 0, 10],
  [0x0a, 1, 28],
  [0x0a, 2, 12],
  [0x18, 0, 6],
  [0x19, 0, 6],
  [0x1a, 0, 38],
  [0x1c, 0, 10],
  [0x1c, 2, 12],
  [0x3f, 0, 4],
] as const;

const range = (random: Random, { blocks }: Geometry) => {
  const lba = random.int(blocks);
  return { lba, blocks: random.int(Math.min(8, blocks - lba) + 1) };
};

const ranges = (random: Random, unit: Geometry) =>
  Array.from({ length: random.int(5) }, () => range(random, unit));

const reservation: List = (random) =>
  random.chance(0.2)
    ? encodeRegisterAndMoveList({
        reservationKey: random.pick(KEYS),
        serviceActionReservationKey: random.pick(KEYS),
        relativeTargetPortId: random.int(4),
        transportId: transportId(random),
      })
    : encodePersistentReserveOutList({
        reservationKey: random.pick(KEYS),
        serviceActionReservationKey: random.pick(KEYS),
        allTgPt: random.chance(0.2),
        aptpl: random.chance(0.1),
        ...(random.chance(0.1) && { specIPt: true, transportIds: transportIds(random) }),
      });

/** TransportID of iSCSI: few names, so that those who are registered do not become ever more. */
function transportId(random: Random): Uint8Array {
  const name = Buffer.from(
    `iqn.2026-11.com.example:fuzz${random.int(8)},i,0x80000000000${random.int(4)}`,
  );
  const id = new Uint8Array(4 + Math.ceil((name.length + 1) / 4) * 4);
  id.set([0x45, 0, 0, id.length - 4]);
  id.set(name, 4);
  return id;
}

const transportIds = (random: Random): Uint8Array =>
  Buffer.concat(Array.from({ length: random.int(3) }, () => transportId(random)));

function modePages(random: Random, header: number): Uint8Array {
  const pages = Array.from({ length: 1 + random.int(2) }, () => {
    const [code, subpage, length] = random.pick(MODE_PAGES);
    const body = random.chance(0.5) ? new Uint8Array(length) : random.bytes(length);
    return subpage === 0
      ? Uint8Array.of(code, length, ...body)
      : Uint8Array.of(0x40 | code, subpage, 0, length, ...body);
  });
  return Buffer.concat([new Uint8Array(header), ...pages]);
}

/** What MODE SENSE gave, as MODE SELECT takes it. */
function modeSense(found: Found, opcode: number, header: number): Uint8Array | undefined {
  const list = found.dataIn.get(opcode)?.slice();
  if (list === undefined || list.length <= header) return undefined;
  list.fill(0, 0, header === 4 ? 1 : 2);
  const first = header + (list[header - 1] ?? 0);
  // PS is reserved in MODE SELECT.
  if (first < list.length) list[first]! &= 0x7f;
  return list;
}

// What has been heard must not decide how many numbers are taken: an attack is to be the same each time.
const modeSelect =
  (opcode: number, header: number): List =>
  (random, _, found) => {
    const own = modePages(random, header);
    return (random.chance(0.5) ? modeSense(found, opcode, header) : undefined) ?? own;
  };

function cscd({ naa, blockLength }: Geometry): Partial<CscdDescriptor> {
  const designator = Uint8Array.from({ length: 8 }, (_, i) =>
    Number((naa >> BigInt(56 - 8 * i)) & 0xffn),
  );
  return { codeSet: 1, designatorType: 3, designator, blockLength };
}

const copyList =
  (form: 'LID1' | 'LID4'): List =>
  (random, unit) => {
    const units = [unit, random.pick(GEOMETRIES), random.pick(GEOMETRIES)];
    const segments = Array.from({ length: random.int(4) }, () => ({
      type: 'block to block' as const,
      source: random.int(3),
      destination: random.int(3),
      sourceLba: random.int(unit.blocks),
      destinationLba: random.int(unit.blocks),
      blocks: random.int(6),
    }));
    return encodeCopyList(form, {
      listId: random.int(4),
      listIdUsage: random.int(4),
      cscds: units.map(cscd) as CopyList['cscds'],
      segments,
      ...(form === 'LID4' && { immed: random.chance(0.3), goodSense: random.chance(0.3) }),
    });
  };

/** By operation; those that are not here have data without a form. */
export const PARAMETER_LISTS: Readonly<Record<string, List>> = {
  'EXTENDED COPY(LID1)': copyList('LID1'),
  'EXTENDED COPY(LID4)': copyList('LID4'),
  'FORMAT UNIT': (random) => {
    const pattern = { patternType: random.int(2), pattern: random.bytes(random.pick([0, 1, 4])) };
    return encodeFormatUnitList(random.chance(0.5), {}, random.chance(0.5) ? pattern : undefined);
  },
  'LOG SELECT': (random, _, found) => {
    const own = Uint8Array.of(
      random.int(0x30),
      0,
      0,
      8,
      0,
      random.int(4),
      3,
      4,
      ...random.bytes(4),
    );
    return found.dataIn.get(0x4d) ?? own;
  },
  'MODE SELECT, 6': modeSelect(0x1a, 4),
  'MODE SELECT, 10': modeSelect(0x5a, 8),
  'POPULATE TOKEN': (random, unit) => encodePopulateTokenList({ ranges: ranges(random, unit) }),
  'REASSIGN BLOCKS': (random, { blocks }) =>
    encodeReassignList(
      Array.from({ length: random.int(4) }, () => random.int(blocks)),
      { longLba: random.chance(0.5), longList: random.chance(0.5) },
    ),
  'SANITIZE, OVERWRITE': (random) => Uint8Array.of(1 + random.int(2), 0, 0, 4, ...random.bytes(4)),
  'SECURITY PROTOCOL OUT': (random) => random.bytes(random.pick([0, 8, 512])),
  'SEND DIAGNOSTIC': (random) =>
    Uint8Array.of(random.pick([0, 0x40, 0x41]), 0, 0, 10, ...random.bytes(10)),
  'SET PRIORITY': (random) =>
    encodePriorityDescriptor({
      priority: random.int(16),
      relativeTargetPortId: random.int(3),
      transportId: random.chance(0.5) ? transportId(random) : new Uint8Array(0),
    }),
  'SET TARGET PORT GROUPS': (random) =>
    Uint8Array.of(0, 0, 0, 0, random.int(16), 0, 0, random.int(3)),
  'SET TIMESTAMP': (random) => encodeTimestampList(random.int(2 ** 31)),
  UNMAP: (random, unit) => encodeUnmapList(ranges(random, unit)),
  'WRITE SCATTERED': (random, unit) => {
    const list = encodeScatteredList(ranges(random, unit).slice(0, 3));
    const padding = new Uint8Array(-list.length & (unit.blockLength - 1));
    return Buffer.concat([list, padding, random.bytes(random.int(6) * unit.blockLength)]);
  },
  'WRITE USING TOKEN': (random, unit, found) =>
    encodeWriteUsingTokenList({
      ranges: ranges(random, unit),
      token: found.token ?? zeroRodToken(),
      offsetIntoRod: random.int(4),
    }),
};

/** The list for an operation, as it should be; undefined: its data has no form. */
export function parameterList(
  op: string,
  cdbLength: number,
  random: Random,
  unit: Geometry,
  found: Found,
): Uint8Array | undefined {
  const list =
    PARAMETER_LISTS[`${op}, ${cdbLength}`] ??
    PARAMETER_LISTS[op] ??
    (op.startsWith('PERSISTENT RESERVE OUT') ? reservation : undefined);
  return list?.(random, unit, found);
}
