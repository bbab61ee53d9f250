import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeTransportId,
  encodeTransportId,
  initiatorPorts,
  splitTransportIds,
  transportIdOf,
  type TransportId,
} from '../../src/scsi/transport-id.ts';
import { hex } from './disk-under-test.ts';

const ascii = (text: string, length: number): readonly number[] => [
  ...new TextEncoder().encode(text.padEnd(length, '\0')),
];

const GOLDEN: readonly (readonly [name: string, id: TransportId, bytes: Uint8Array])[] = [
  [
    'an iSCSI initiator device, padded to the least length',
    { type: 'iSCSI device', name: 'iqn.2026-11.a:b' },
    Uint8Array.of(0x05, 0, 0, 20, ...ascii('iqn.2026-11.a:b', 20)), // FORMAT 00b; ADDITIONAL LENGTH
  ],
  [
    'an iSCSI initiator device whose last NUL needs four more bytes',
    { type: 'iSCSI device', name: 'iqn.2026-11.a:bcdefg' },
    Uint8Array.of(0x05, 0, 0, 24, ...ascii('iqn.2026-11.a:bcdefg', 24)),
  ],
  [
    'an iSCSI initiator port',
    { type: 'iSCSI port', name: 'iqn.2026-11.a:b', isid: '00023d0000ff' },
    // FORMAT 01b, the separator and the ISID in ASCII
    Uint8Array.of(0x45, 0, 0, 36, ...ascii('iqn.2026-11.a:b,i,0x00023d0000ff', 36)),
  ],
  [
    'an initiator port of no specific protocol',
    { type: 'name', name: 'me' },
    Uint8Array.of(0x0f, 0, 0, 20, ...ascii('me', 20)),
  ],
  [
    'a port of a protocol that is not known here',
    { type: 'raw', bytes: hex(`00 ${'00'.repeat(7)} 2100000000000001 ${'00'.repeat(8)}`) },
    hex(`00 ${'00'.repeat(7)} 2100000000000001 ${'00'.repeat(8)}`), // Fibre Channel: N_Port name
  ],
];

describe('a TransportID', () => {
  it.each(GOLDEN)('has the bytes of SPC: %s', (_, id, bytes) => {
    expect(encodeTransportId(id)).toEqual(bytes);
    expect(decodeTransportId(bytes)).toEqual(id);
  });

  it('has a name with any characters, line separators too', () => {
    const id: TransportId = { type: 'iSCSI port', name: 'a\u2028b\n', isid: '000000000001' };
    expect(decodeTransportId(encodeTransportId(id))).toEqual(id);
  });

  it('comes back from its bytes, one behind the other', () => {
    const name = fc
      .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
      .filter((text) => !/[\0\ufeff]/.test(text) && new TextEncoder().encode(text).length <= 223);
    const isid = fc.nat(0xffff_ffff).map((number) => number.toString(16).padStart(12, '0'));
    const id: fc.Arbitrary<TransportId> = fc.oneof(
      name.map((text) => ({ type: 'iSCSI device' as const, name: text })),
      fc.tuple(name, isid).map(([text, digits]) => ({
        type: 'iSCSI port' as const,
        name: text,
        isid: digits,
      })),
      name.map((text) => ({ type: 'name' as const, name: text })),
    );
    fc.assert(
      fc.property(fc.array(id, { maxLength: 4 }), (ids) => {
        const bytes = Uint8Array.from(ids.flatMap((each) => [...encodeTransportId(each)]));
        const split = splitTransportIds(bytes);
        expect(typeof split === 'number' ? split : split.map(decodeTransportId)).toEqual(ids);
      }),
    );
  });

  it('reads an ISID in capital letters and without leading zeros', () => {
    const bytes = Uint8Array.of(0x45, 0, 0, 24, ...ascii('iqn.2026-11.a:b,i,0xFF', 24));
    expect(decodeTransportId(bytes)).toMatchObject({ isid: '0000000000ff' });
  });

  it.each([
    ['of iSCSI format 10b', hex(`85 00 0014 ${'61'.repeat(4)} ${'00'.repeat(16)}`)],
    ['shorter than 24 bytes', hex(`05 00 0010 ${'61'.repeat(4)} ${'00'.repeat(12)}`)],
    ['not a multiple of four', hex(`05 00 0015 ${'61'.repeat(4)} ${'00'.repeat(17)}`)],
    ['with a length that it has not', hex(`05 00 0018 ${'61'.repeat(4)} ${'00'.repeat(16)}`)],
    ['without a NUL', hex(`05 00 0014 ${'61'.repeat(20)}`)],
    ['with something behind the NUL', hex(`05 00 0014 ${'61'.repeat(4)} ${'00'.repeat(15)} 61`)],
    ['without a name', hex(`05 00 0014 ${'00'.repeat(20)}`)],
    ['with a name of 224 bytes', hex(`05 00 00e4 ${'61'.repeat(224)} ${'00'.repeat(4)}`)],
    ['of a port without ISID', hex(`45 00 0014 ${'61'.repeat(4)} ${'00'.repeat(16)}`)],
  ])('is malformed %s', (_, bytes) => {
    expect(decodeTransportId(bytes)).toBeUndefined();
  });

  it.each<TransportId>([
    { type: 'iSCSI device', name: '' },
    { type: 'iSCSI device', name: 'a'.repeat(224) },
    { type: 'iSCSI device', name: 'a\0b' },
    { type: 'iSCSI port', name: 'a', isid: '12' },
  ])('has no bytes: %o', (id) => {
    expect(() => encodeTransportId(id)).toThrow(RangeError);
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const split = splitTransportIds(bytes);
        if (typeof split === 'number') expect(split).toBeLessThan(bytes.length);
        else for (const each of split) decodeTransportId(each);
      }),
    );
  });

  it('says where one is cut off', () => {
    const one = encodeTransportId({ type: 'name', name: 'me' });
    expect(splitTransportIds(Uint8Array.of(...one, ...one.subarray(0, 23)))).toBe(24);
  });
});

describe('an initiator port name', () => {
  const port = 'iqn.2026-11.a:b,i,0x00023d0000ff';
  const other = 'iqn.2026-11.a:b,i,0x00023d000001';

  it('becomes a TransportID of the protocol of the target port', () => {
    expect(transportIdOf(port, 5)).toEqual({
      type: 'iSCSI port',
      name: 'iqn.2026-11.a:b',
      isid: '00023d0000ff',
    });
    expect(transportIdOf('iqn.2026-11.a:b', 5)).toEqual({
      type: 'iSCSI device',
      name: 'iqn.2026-11.a:b',
    });
    expect(transportIdOf(port, undefined)).toEqual({ type: 'name', name: port });
  });

  it('comes back from its TransportID', () => {
    expect(initiatorPorts(transportIdOf(port, 5), [], 5)).toEqual([port]);
    expect(initiatorPorts(transportIdOf('me', undefined), [], undefined)).toEqual(['me']);
  });

  it('is found whatever the case of the iSCSI name', () => {
    const id = { type: 'iSCSI port', name: 'IQN.2026-11.A:B', isid: '00023d0000ff' } as const;
    expect(initiatorPorts(id, [], 5)).toEqual([port]);
  });

  it('is one of those that an initiator device stands for, where it is known', () => {
    const id = { type: 'iSCSI device', name: 'iqn.2026-11.a:b' } as const;
    const known = [port, 'iqn.2026-11.a:bc,i,0x00023d000001', other, port];
    expect(initiatorPorts(id, known, 5)).toEqual([port, other]);
    expect(initiatorPorts(id, [], 5)).toEqual([]);
  });

  it('is none where the TransportID is of another protocol', () => {
    expect(initiatorPorts({ type: 'name', name: 'me' }, [], 5)).toBeUndefined();
    expect(initiatorPorts(transportIdOf(port, 5), [], undefined)).toBeUndefined();
    expect(initiatorPorts({ type: 'raw', bytes: new Uint8Array(24) }, [], 5)).toBeUndefined();
  });
});
