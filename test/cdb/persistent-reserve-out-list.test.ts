import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodePersistentReserveOutList,
  decodeRegisterAndMoveList,
  encodePersistentReserveOutList,
  encodeRegisterAndMoveList,
  listFieldPointer,
  PERSISTENT_RESERVE_OUT_LIST,
  REGISTER_AND_MOVE_LIST,
} from '../../src/cdb/persistent-reserve-out-list.ts';
import { hex } from '../scsi/disk-under-test.ts';

const key = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('the PERSISTENT RESERVE OUT parameter list', () => {
  const none = {
    reservationKey: 0n,
    serviceActionReservationKey: 0n,
    specIPt: false,
    allTgPt: false,
    aptpl: false,
    transportIds: new Uint8Array(0),
  };

  it.each([
    ['keys', { reservationKey: 0x11n, serviceActionReservationKey: 2n ** 63n }, '00'],
    ['ALL_TG_PT', { allTgPt: true }, '04'],
    ['APTPL', { aptpl: true }, '01'],
  ])('has 24 bytes: %s', (_, list, flags) => {
    const keys = 'reservationKey' in list ? '0000000000000011 8000000000000000' : '00'.repeat(16);
    const bytes = hex(`${keys} 00000000 ${flags} 00 0000`);
    expect(encodePersistentReserveOutList(list)).toEqual(bytes);
    expect(decodePersistentReserveOutList(bytes)).toEqual({ ...none, ...list });
  });

  it('has a length and TransportIDs from byte 24 where SPEC_I_PT is set', () => {
    const list = { specIPt: true, transportIds: Uint8Array.of(1, 2, 3, 4) };
    const bytes = hex(`${'00'.repeat(20)} 08 00 0000 00000004 01020304`);
    expect(encodePersistentReserveOutList(list)).toEqual(bytes);
    expect(decodePersistentReserveOutList(bytes)).toEqual({ ...none, ...list });
  });

  it('comes back from its bytes', () => {
    const fields = fc.record({
      reservationKey: key,
      serviceActionReservationKey: key,
      allTgPt: fc.boolean(),
      aptpl: fc.boolean(),
    });
    const ids = fc.option(fc.uint8Array({ maxLength: 80 }), { nil: undefined });
    fc.assert(
      fc.property(fields, ids, (rest, transportIds) => {
        const list = { ...none, ...rest, specIPt: transportIds !== undefined };
        if (transportIds !== undefined) list.transportIds = transportIds;
        expect(decodePersistentReserveOutList(encodePersistentReserveOutList(list))).toEqual(list);
      }),
    );
  });

  it('is none where it is cut or grown, with and without SPEC_I_PT', () => {
    for (const list of [{}, { specIPt: true, transportIds: new Uint8Array(24) }]) {
      const bytes = encodePersistentReserveOutList(list);
      for (let end = 0; end < bytes.length; end++)
        expect(decodePersistentReserveOutList(bytes.subarray(0, end))).toBeUndefined();
      expect(decodePersistentReserveOutList(Uint8Array.of(...bytes, 0))).toBeUndefined();
    }
  });

  it('refuses a key of 65 bits', () => {
    expect(() => encodePersistentReserveOutList({ reservationKey: 2n ** 64n })).toThrow(RangeError);
  });

  it('knows where its fields lie', () => {
    const layout = PERSISTENT_RESERVE_OUT_LIST;
    expect(listFieldPointer(layout, 'serviceActionReservationKey')).toEqual({
      in: 'data',
      byte: 8,
    });
    expect(listFieldPointer(layout, 'specIPt')).toEqual({ in: 'data', byte: 20, bit: 3 });
  });
});

describe('the REGISTER AND MOVE parameter list', () => {
  const list = {
    reservationKey: 1n,
    serviceActionReservationKey: 2n,
    unreg: true,
    aptpl: false,
    relativeTargetPortId: 0x0304,
    transportId: Uint8Array.of(5, 6),
  };
  // key, new key, reserved, UNREG, port 0304h, TRANSPORTID LENGTH, TRANSPORTID
  const golden = hex('0000000000000001 0000000000000002 00 02 0304 00000002 0506');

  it('has a TransportID behind 24 bytes', () => {
    expect(encodeRegisterAndMoveList(list)).toEqual(golden);
    expect(decodeRegisterAndMoveList(golden)).toEqual(list);
  });

  it('comes back from its bytes', () => {
    const any = fc.record({
      reservationKey: key,
      serviceActionReservationKey: key,
      unreg: fc.boolean(),
      aptpl: fc.boolean(),
      relativeTargetPortId: fc.nat(0xffff),
      transportId: fc.uint8Array({ maxLength: 80 }),
    });
    fc.assert(
      fc.property(any, (value) => {
        expect(decodeRegisterAndMoveList(encodeRegisterAndMoveList(value))).toEqual(value);
      }),
    );
  });

  it('is none where it is cut or grown', () => {
    for (let end = 0; end < golden.length; end++)
      expect(decodeRegisterAndMoveList(golden.subarray(0, end))).toBeUndefined();
    expect(decodeRegisterAndMoveList(Uint8Array.of(...golden, 0))).toBeUndefined();
  });

  it('knows where its fields lie', () => {
    expect(listFieldPointer(REGISTER_AND_MOVE_LIST, 'aptpl')).toEqual({
      in: 'data',
      byte: 17,
      bit: 0,
    });
    expect(listFieldPointer(REGISTER_AND_MOVE_LIST, 'relativeTargetPortId')).toEqual({
      in: 'data',
      byte: 18,
    });
  });
});
