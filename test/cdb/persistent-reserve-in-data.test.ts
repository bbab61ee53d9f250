import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeFullStatus,
  decodeRegisteredKeys,
  decodeReservationCapabilities,
  decodeReservationReport,
  encodeFullStatus,
  encodeRegisteredKeys,
  encodeReservationCapabilities,
  encodeReservationReport,
} from '../../src/cdb/persistent-reserve-in-data.ts';
import { hex } from '../scsi/disk-under-test.ts';

const key = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const generation = fc.nat(0xffff_ffff);
const nibble = fc.nat(15);

describe('READ KEYS data', () => {
  // PRGENERATION, ADDITIONAL LENGTH, two keys
  const golden = hex('00000102 00000010 123456789abcdef0 00000000000000ff');
  const value = { generation: 0x102, keys: [0x1234_5678_9abc_def0n, 0xffn] };

  it('has a header of 8 bytes and 8 bytes a key', () => {
    expect(encodeRegisteredKeys(value)).toEqual(golden);
    expect(decodeRegisteredKeys(golden)).toEqual(value);
  });

  it('comes back from its bytes', () => {
    fc.assert(
      fc.property(fc.record({ generation, keys: fc.array(key) }), (keys) => {
        expect(decodeRegisteredKeys(encodeRegisteredKeys(keys))).toEqual(keys);
      }),
    );
  });

  it('loses the keys that are cut off, wherever it is cut', () => {
    for (let end = 0; end <= golden.length; end++)
      expect(decodeRegisteredKeys(golden.subarray(0, end)).keys).toHaveLength(
        Math.max(0, Math.floor((end - 8) / 8)),
      );
  });

  it('refuses what has no code', () => {
    expect(() => encodeRegisteredKeys({ generation: -1, keys: [] })).toThrow(RangeError);
    expect(() => encodeRegisteredKeys({ generation: 2 ** 32, keys: [] })).toThrow(RangeError);
    expect(() => encodeRegisteredKeys({ generation: 0, keys: [2n ** 64n] })).toThrow(RangeError);
  });
});

describe('READ RESERVATION data', () => {
  const value = { generation: 7, reservation: { key: 0xabcdn, scope: 0, type: 5 } };
  // PRGENERATION, ADDITIONAL LENGTH 16, key, obsolete, reserved, SCOPE 0 and TYPE 5, obsolete
  const golden = hex('00000007 00000010 000000000000abcd 00000000 00 05 0000');

  it('has 16 bytes for a reservation', () => {
    expect(encodeReservationReport(value)).toEqual(golden);
    expect(decodeReservationReport(golden)).toEqual(value);
  });

  it('has a header only where nothing is reserved', () => {
    expect(encodeReservationReport({ generation: 7 })).toEqual(hex('00000007 00000000'));
    expect(decodeReservationReport(hex('00000007 00000000'))).toEqual({ generation: 7 });
  });

  it('comes back from its bytes', () => {
    const reservation = fc.record({ key, scope: nibble, type: nibble });
    fc.assert(
      fc.property(fc.record({ generation, reservation }), (report) => {
        expect(decodeReservationReport(encodeReservationReport(report))).toEqual(report);
      }),
    );
  });

  it('shows no reservation that is cut off', () => {
    for (let end = 0; end < golden.length; end++)
      expect(decodeReservationReport(golden.subarray(0, end))).not.toHaveProperty('reservation');
  });
});

describe('REPORT CAPABILITIES data', () => {
  const NAMES: readonly (readonly [name: string, byte: number, bit: number])[] = [
    ['replaceLostReservation', 2, 7],
    ['compatibleReservationHandling', 2, 4],
    ['specifyInitiatorPorts', 2, 3],
    ['allTargetPorts', 2, 2],
    ['persistThroughPowerLossCapable', 2, 0],
    ['typeMaskValid', 3, 7],
    ['persistThroughPowerLossActivated', 3, 0],
    ['writeExclusiveAllRegistrants', 4, 7],
    ['exclusiveAccessRegistrantsOnly', 4, 6],
    ['writeExclusiveRegistrantsOnly', 4, 5],
    ['exclusiveAccess', 4, 3],
    ['writeExclusive', 4, 1],
    ['exclusiveAccessAllRegistrants', 5, 0],
  ];

  it.each(NAMES)('has %s at byte %i, bit %i', (name, byte, bit) => {
    const bytes = hex('0008 000000000000'); // LENGTH 8
    bytes[byte] = 1 << bit;
    expect(encodeReservationCapabilities({ [name]: true })).toEqual(bytes);
    expect(decodeReservationCapabilities(bytes)).toMatchObject({ [name]: true, allowCommands: 0 });
  });

  it('has ALLOW COMMANDS at byte 3, bits 6 to 4', () => {
    expect(encodeReservationCapabilities({ allowCommands: 5 })).toEqual(
      hex('0008 00 50 0000 0000'),
    );
    expect(decodeReservationCapabilities(hex('0008 00 50 0000 0000')).allowCommands).toBe(5);
  });
});

describe('READ FULL STATUS data', () => {
  const value = {
    generation: 3,
    registrations: [
      {
        key: 0x1122n,
        allTgPt: false,
        holder: true,
        scope: 0,
        type: 6,
        relativeTargetPortId: 0x0102,
        transportId: Uint8Array.of(9, 8, 7, 6),
      },
      {
        key: 0x33n,
        allTgPt: true,
        holder: false,
        scope: 0,
        type: 0,
        relativeTargetPortId: 0,
        transportId: new Uint8Array(0),
      },
    ],
  };
  const golden = hex(
    [
      '00000003 00000034', // PRGENERATION, ADDITIONAL LENGTH: 28 and 24
      '0000000000001122 00000000 01 06 00000000 0102', // key, R_HOLDER, TYPE 6, port 0102h
      '00000004 09080706', // ADDITIONAL DESCRIPTOR LENGTH, TRANSPORTID
      '0000000000000033 00000000 02 00 00000000 0000 00000000', // ALL_TG_PT
    ].join(''),
  );

  it('has 24 bytes and a TransportID for each registration', () => {
    expect(encodeFullStatus(value)).toEqual(golden);
    expect(decodeFullStatus(golden)).toEqual(value);
  });

  it('comes back from its bytes', () => {
    const registration = fc.record({
      key,
      allTgPt: fc.boolean(),
      holder: fc.boolean(),
      scope: nibble,
      type: nibble,
      relativeTargetPortId: fc.nat(0xffff),
      transportId: fc.uint8Array({ maxLength: 60 }),
    });
    fc.assert(
      fc.property(
        fc.record({ generation, registrations: fc.array(registration, { maxLength: 5 }) }),
        (status) => {
          expect(decodeFullStatus(encodeFullStatus(status))).toEqual(status);
        },
      ),
    );
  });

  it('loses what is cut off, wherever it is cut', () => {
    for (let end = 0; end <= golden.length; end++) {
      const whole = end < 8 + 28 ? 0 : end < golden.length ? 1 : 2;
      expect(decodeFullStatus(golden.subarray(0, end)).registrations).toHaveLength(whole);
    }
  });
});
