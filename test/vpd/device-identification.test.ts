import { expect, test } from 'vitest';
import {
  decodeDeviceIdentification,
  encodeDeviceIdentification,
  type Designator,
} from '../../src/vpd/index.ts';
import { bytes } from '../sense/annotated-bytes.ts';

test('a unit, its port and its device are named in one page', () => {
  const page = encodeDeviceIdentification({
    designators: [
      { type: 'NAA', association: 'logical unit', name: 0x3123_4567_89ab_cdefn },
      { type: 'T10 vendor ID', association: 'logical unit', vendor: 'ACME', identifier: 'A1' },
      { type: 'relative target port', association: 'target port', protocol: 5, number: 1 },
      { type: 'target port group', association: 'target port', protocol: 5, number: 2 },
      { type: 'SCSI name string', association: 'target device', protocol: 5, name: 'iqn.a:b' },
      { type: 'SCSI name string', association: 'target port', protocol: 5, name: 'iqn.a:b1' },
    ],
  });
  expect(page).toEqual(
    bytes`
      00 83 00 46              direct access, page 83h, 70 bytes follow
      01 03 00 08              binary, NAA of the logical unit, 8 bytes
      31 23 45 67 89 ab cd ef  locally assigned
      02 01 00 0a              ASCII, T10 vendor ID of the logical unit, 10 bytes
      41 43 4d 45 20 20 20 20 41 31
      51 94 00 04              iSCSI, binary, PIV, target port, relative target port
      00 00 00 01
      51 95 00 04              iSCSI, binary, PIV, target port, target port group
      00 00 00 02
      53 a8 00 08              iSCSI, UTF-8, PIV, target device, SCSI name string
      69 71 6e 2e 61 3a 62 00  iqn.a:b and a NUL
      53 98 00 0c              iSCSI, UTF-8, PIV, target port, SCSI name string
      69 71 6e 2e 61 3a 62 31  iqn.a:b1
      00 00 00 00              at least one NUL, padded to four bytes
    `,
  );
});

test.each<[Designator, Uint8Array]>([
  [
    { type: 'EUI-64', association: 'logical unit', eui64: 0x0102_0304_0506_0708n },
    bytes`01 02 00 08 01 02 03 04 05 06 07 08`,
  ],
  [
    { type: 'EUI-64', association: 'logical unit', eui64: 1n, directoryId: 0xffff_fffe },
    bytes`01 02 00 0c 00 00 00 00 00 00 00 01 ff ff ff fe`,
  ],
  [
    { type: 'EUI-64', association: 'logical unit', eui64: 1n, identifierExtension: 2n },
    bytes`01 02 00 10 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 01`,
  ],
  [
    { type: 'NAA', association: 'logical unit', name: 0x5000_0000_0000_0001n },
    bytes`01 03 00 08 50 00 00 00 00 00 00 01`,
  ],
  [
    { type: 'NAA', association: 'logical unit', name: (0x60n << 120n) | 1n },
    bytes`01 03 00 10 60 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01`,
  ],
  [
    { type: 'logical unit group', association: 'logical unit', number: 0x0102 },
    bytes`01 06 00 04 00 00 01 02`,
  ],
  [
    {
      type: 'UUID',
      association: 'logical unit',
      uuid: '00112233-4455-6677-8899-aabbccddeeff',
    },
    bytes`01 0a 00 12 10 00 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff`,
  ],
  [
    {
      type: 'raw',
      association: 'reserved',
      protocol: 6,
      designatorType: 9,
      codeSet: 4,
      designator: Uint8Array.of(1, 2, 3),
    },
    bytes`64 b9 00 03 01 02 03`,
  ],
])('designator %o', (designator, expected) => {
  expect(encodeDeviceIdentification({ designators: [designator] }).subarray(4)).toEqual(expected);
});

test('a designator whose content does not fit its type comes as its bytes', () => {
  const odd = [
    bytes`01 03 00 04 50 00 00 00`, // NAA of 4 bytes
    bytes`01 03 00 08 40 00 00 00 00 00 00 00`, // NAA 4h
    bytes`01 03 00 10 50 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00`, // 16 bytes of NAA 5h
    bytes`01 02 00 04 00 00 00 00`, // EUI-64 of 4 bytes
    bytes`01 04 00 02 00 01`, // relative target port of 2 bytes
    bytes`02 04 00 04 00 00 00 01`, // relative target port in ASCII
    bytes`02 01 00 04 41 42 43 44`, // T10 vendor ID of 4 bytes
    bytes`02 01 00 08 41 00 00 00 00 00 00 00`, // T10 vendor ID with NULs
    bytes`01 0a 00 12 20 00 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff`, // UUID TYPE 2
  ];
  for (const descriptor of odd) {
    const page = Uint8Array.of(0, 0x83, 0, descriptor.length, ...descriptor);
    expect(decodeDeviceIdentification(page)?.designators).toEqual([
      {
        type: 'raw',
        association: 'logical unit',
        designatorType: descriptor[1]! & 0x0f,
        codeSet: descriptor[0],
        designator: descriptor.subarray(4),
      },
    ]);
  }
});

test('a designator that an allocation length cut is left out, those before it are there', () => {
  const page = bytes`
    00 83 00 14
    01 05 00 04 00 00 00 07  target port group
    01 03 00 08 50 00 00 00  NAA, cut
  `;
  expect(decodeDeviceIdentification(page)?.designators).toEqual([
    { type: 'target port group', association: 'logical unit', number: 7 },
  ]);
});

test.each<[string, Designator]>([
  ['NAA 4h', { type: 'NAA', association: 'logical unit', name: 4n << 60n }],
  ['NAA 5h of 68 bits', { type: 'NAA', association: 'logical unit', name: 5n << 64n }],
  ['negative NAA', { type: 'NAA', association: 'logical unit', name: -1n }],
  ['EUI-64 of 65 bits', { type: 'EUI-64', association: 'logical unit', eui64: 1n << 64n }],
  [
    'EUI-64 with both extras',
    {
      type: 'EUI-64',
      association: 'logical unit',
      eui64: 1n,
      directoryId: 1,
      identifierExtension: 1n,
    },
  ],
  ['port 65536', { type: 'relative target port', association: 'target port', number: 65536 }],
  [
    'vendor of 9 characters',
    { type: 'T10 vendor ID', association: 'logical unit', vendor: '123456789', identifier: '' },
  ],
  [
    'identifier of 248 characters',
    {
      type: 'T10 vendor ID',
      association: 'logical unit',
      vendor: '',
      identifier: 'x'.repeat(248),
    },
  ],
  [
    'name of 252 bytes',
    { type: 'SCSI name string', association: 'target port', name: 'é'.repeat(126) },
  ],
  ['name with a NUL', { type: 'SCSI name string', association: 'target port', name: 'a\0b' }],
  ['no UUID', { type: 'UUID', association: 'logical unit', uuid: '00112233' }],
  [
    'protocol 16',
    { type: 'target port group', association: 'target port', protocol: 16, number: 1 },
  ],
])('a name that does not fit is refused: %s', (_, designator) => {
  expect(() => encodeDeviceIdentification({ designators: [designator] })).toThrow(RangeError);
});
