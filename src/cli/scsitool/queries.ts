/** The commands of WinSpd's scsitool: a CDB each, and the fields of what it brings. */
import type { Field, FieldList } from './fields.ts';

/** A command of scsitool. */
export interface Query {
  /** What it asks for, in words. */
  readonly description: string;
  readonly cdb: Uint8Array;
  /** Bytes of the buffer. */
  readonly length: number;
  readonly fields: FieldList;
}

const reserved = (bits: number): Field => ['Reserved', bits];

const PERIPHERAL: readonly Field[] = [
  ['PERIPHERAL QUALIFIER', 3],
  ['PERIPHERAL DEVICE TYPE', 5],
];

const STANDARD_INQUIRY: readonly Field[] = [
  ...PERIPHERAL,
  ['RMB', 1],
  reserved(7),
  ['VERSION', 8],
  ['Obsolete', 1],
  ['Obsolete', 1],
  ['NORMACA', 1],
  ['HISUP', 1],
  ['RESPONSE DATA FORMAT', 4],
  ['ADDITIONAL LENGTH (n-4)', 8],
  ['SCCS', 1],
  ['ACC', 1],
  ['TPGS', 2],
  ['3PC', 1],
  reserved(2),
  ['PROTECT', 1],
  ['BQUE', 1],
  ['ENCSERV', 1],
  ['VS', 1],
  ['MULTIP', 1],
  ['MCHNGR', 1],
  ['Obsolete', 1],
  ['Obsolete', 1],
  ['ADDR16', 1],
  ['Obsolete', 1],
  ['Obsolete', 1],
  ['WBUS16', 1],
  ['SYNC', 1],
  ['LINKED', 1],
  ['Obsolete', 1],
  ['CMDQUE', 1],
  ['VS', 1],
  ['T10 VENDOR IDENTIFICATION', 8, 'ascii'],
  ['PRODUCT IDENTIFICATION', 16, 'ascii'],
  ['PRODUCT REVISION LEVEL', 4, 'ascii'],
  ['Vendor specific', 20, 'hex'],
  reserved(4),
  ['CLOCKING', 2],
  ['QAS', 1],
  ['IUS', 1],
  reserved(8),
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((number): Field => [`VERSION DESCRIPTOR ${number}`, 16]),
  ['Reserved', 22, 'hex'],
  ['Vendor specific', 160, 'hex'],
];

const DESIGNATOR: readonly Field[] = [
  ['PROTOCOL IDENTIFIER', 4],
  ['CODE SET', 4],
  ['PIV', 1],
  reserved(1),
  ['ASSOCIATION', 2],
  ['IDENTIFIER TYPE', 4],
  reserved(8),
  ['IDENTIFIER LENGTH (m-3)', 8],
  ['IDENTIFIER', 'm', 'ascii'],
];

const BLOCK_LIMITS: readonly Field[] = [
  ...PERIPHERAL,
  ['PAGE CODE (B0h)', 8],
  ['PAGE LENGTH (003Ch)', 16],
  reserved(8),
  ['MAXIMUM COMPARE AND WRITE LENGTH', 8],
  ['OPTIMAL TRANSFER LENGTH GRANULARITY', 16],
  ['MAXIMUM TRANSFER LENGTH', 32],
  ['OPTIMAL TRANSFER LENGTH', 32],
  ['MAXIMUM PREFETCH XDREAD XDWRITE TRANSFER LENGTH', 32],
  ['MAXIMUM UNMAP LBA COUNT', 32],
  ['MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT', 32],
  ['OPTIMAL UNMAP GRANULARITY', 32],
  ['UGAVALID', 1],
  ['UNMAP GRANULARITY ALIGNMENT', 31],
  ['Reserved', 28, 'hex'],
];

const PROVISIONING: readonly Field[] = [
  ...PERIPHERAL,
  ['PAGE CODE (B2h)', 8],
  ['PAGE LENGTH (n-3)', 16],
  ['THRESHOLD EXPONENT', 8],
  ['LBPU', 1],
  ['LBPWS', 1],
  reserved(4),
  ['ANC_SUP', 1],
  ['DP', 1],
  reserved(5),
  ['PROVISIONING TYPE', 3],
  reserved(8),
  ['PROVISIONING GROUP DESCRIPTOR', 255, 'hex'],
];

const MODE_HEADER: readonly Field[] = [
  ['MODE DATA LENGTH (n-0)', 8],
  ['MEDIUM TYPE', 8],
  ['WP', 1],
  reserved(2),
  ['DPOFUA', 1],
  reserved(4),
  ['BLOCK DESCRIPTOR LENGTH (m-0)', 8],
  ['BLOCK DESCRIPTORS', 'm', 'hex'],
];

const CACHING: readonly Field[] = [
  ['PS', 1],
  ['SPF', 1],
  ['PAGE CODE (08h)', 6],
  ['PAGE LENGTH (12h)', 8],
  ['IC', 1],
  ['ABPF', 1],
  ['CAP', 1],
  ['DISC', 1],
  ['SIZE', 1],
  ['WCE', 1],
  ['MF', 1],
  ['RCD', 1],
  ['DEMAND READ RETENTION PRIORITY', 4],
  ['WRITE RETENTION PRIORITY', 4],
  ['DISABLE PRE-FETCH TRANSFER LENGTH', 8],
  ['MINIMUM PRE-FETCH', 8],
  ['MAXIMUM PRE-FETCH', 8],
  ['MAXIMUM PRE-FETCH CEILING', 8],
  ['FSW', 1],
  ['LBCSS', 1],
  ['DRA', 1],
  ['vendor specific', 2],
  reserved(2),
  ['NV_DIS', 1],
  ['NUMBER OF CACHE SEGMENTS', 8],
  ['CACHE SEGMENT SIZE', 16],
  reserved(8),
  ['Obsolete', 24],
];

const CAPACITY_16: readonly Field[] = [
  ['RETURNED LOGICAL BLOCK ADDRESS', 64],
  ['LOGICAL BLOCK LENGTH IN BYTES', 32],
  reserved(4),
  ['P_TYPE', 3],
  ['PROT_EN', 1],
  ['P_I_EXPONENT', 4],
  ['LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT', 4],
  ['TPE', 1],
  ['TPRZ', 1],
  ['LOWEST ALIGNED LOGICAL BLOCK ADDRESS', 14],
  ['Reserved', 16, 'hex'],
];

function inquiry(pageCode?: number): Uint8Array {
  return Uint8Array.of(0x12, pageCode === undefined ? 0 : 1, pageCode ?? 0, 0, 255, 0);
}

/** A VPD page of short length: a list of some form behind the header. */
function shortPage(pageCode: string, list: Field): FieldList {
  const header: readonly Field[] = [[`PAGE CODE (${pageCode}h)`, 8], reserved(8)];
  return { once: [...PERIPHERAL, ...header, ['PAGE LENGTH (n-3)', 8], list] };
}

/** The commands, as they are called. */
export const QUERIES: Readonly<Record<string, Query>> = {
  luns: {
    description: 'REPORT LUNS',
    cdb: Uint8Array.of(0xa0, 0, 0, 0, 0, 0, 0, 0, 0x04, 0x00, 0, 0),
    length: 1024,
    fields: { once: [['LUN LIST LENGTH (n-7)', 32], reserved(32)], repeated: [['LUN', 64]] },
  },
  inquiry: {
    description: 'standard INQUIRY data',
    cdb: inquiry(),
    length: 255,
    fields: { once: STANDARD_INQUIRY },
  },
  vpd0: {
    description: 'VPD page 00h: the pages that there are',
    cdb: inquiry(0x00),
    length: 255,
    fields: shortPage('00', ['Supported VPD page list', 255, 'hex']),
  },
  vpd80: {
    description: 'VPD page 80h: serial number',
    cdb: inquiry(0x80),
    length: 255,
    fields: shortPage('80', ['PRODUCT SERIAL NUMBER', 255, 'ascii']),
  },
  vpd83: {
    description: 'VPD page 83h: designators',
    cdb: inquiry(0x83),
    length: 255,
    fields: {
      once: [...PERIPHERAL, ['PAGE CODE (83h)', 8], ['PAGE LENGTH (n-3)', 16]],
      repeated: DESIGNATOR,
    },
  },
  vpdb0: {
    description: 'VPD page B0h: block limits',
    cdb: inquiry(0xb0),
    length: 255,
    fields: { once: BLOCK_LIMITS },
  },
  vpdb2: {
    description: 'VPD page B2h: logical block provisioning',
    cdb: inquiry(0xb2),
    length: 255,
    fields: { once: PROVISIONING },
  },
  'mode-sense': {
    description: 'MODE SENSE(6): all mode pages',
    cdb: Uint8Array.of(0x1a, 0, 0x3f, 0, 255, 0),
    length: 255,
    fields: { once: [...MODE_HEADER, ['MODE PAGES', 255, 'hex']] },
  },
  'mode-caching': {
    description: 'MODE SENSE(6): the Caching mode page',
    cdb: Uint8Array.of(0x1a, 0, 0x08, 0, 255, 0),
    length: 255,
    fields: { once: [...MODE_HEADER, ...CACHING] },
  },
  capacity: {
    description: 'READ CAPACITY(10)',
    cdb: Uint8Array.of(0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    length: 255,
    fields: {
      once: [
        ['RETURNED LOGICAL BLOCK ADDRESS', 32],
        ['LOGICAL BLOCK LENGTH IN BYTES', 32],
      ],
    },
  },
  capacity16: {
    description: 'READ CAPACITY(16)',
    cdb: Uint8Array.of(0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0),
    length: 255,
    fields: { once: CAPACITY_16 },
  },
};

/** Bytes of sense data that are shown; what is missing is zeros. */
export const SENSE_LENGTH = 32;

/** Sense data of fixed format; WinSpd's scsitool knows no other. */
export const FIXED_SENSE: FieldList = {
  once: [
    ['VALID', 1],
    ['RESPONSE CODE (70h or 71h)', 7],
    ['Obsolete', 8],
    ['FILEMARK', 1],
    ['EOM', 1],
    ['ILI', 1],
    reserved(1),
    ['SENSE KEY', 4],
    ['INFORMATION', 32],
    ['ADDITIONAL SENSE LENGTH (n-7)', 8],
    ['COMMAND-SPECIFIC INFORMATION', 32],
    ['ADDITIONAL SENSE CODE', 8],
    ['ADDITIONAL SENSE CODE QUALIFIER', 8],
    ['FIELD REPLACEABLE UNIT CODE', 8],
    ['SKSV', 1],
    ['SENSE KEY SPECIFIC', 23],
    ['Additional sense bytes', 14, 'hex'],
  ],
};

/** Sense data of descriptor format. */
export const DESCRIPTOR_SENSE: FieldList = {
  once: [
    reserved(1),
    ['RESPONSE CODE (72h or 73h)', 7],
    reserved(4),
    ['SENSE KEY', 4],
    ['ADDITIONAL SENSE CODE', 8],
    ['ADDITIONAL SENSE CODE QUALIFIER', 8],
    reserved(24),
    ['ADDITIONAL SENSE LENGTH (n-7)', 8],
  ],
  repeated: [
    ['DESCRIPTOR TYPE', 8],
    ['ADDITIONAL LENGTH (m-1)', 8],
    ['Descriptor data', 'm', 'hex'],
  ],
};
