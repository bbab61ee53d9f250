import { describe, expect, it } from 'vitest';
import { decodeCdb, encodeCdb, type RequestInit } from '../../src/cdb/index.ts';

/** Each CDB form: the request, and the bytes that the standard has for it. */
const GOLDEN: readonly (readonly [request: RequestInit, cdb: readonly number[]])[] = [
  [{ op: 'RESERVE', cdbLength: 6 }, [0x16, 0, 0, 0, 0, 0]],
  [
    { op: 'RESERVE', cdbLength: 6, thirdParty: true, extent: true },
    [0x16, 0x11, 0, 0, 0, 0], // 3RDPTY is bit 4, EXTENT bit 0
  ],
  [{ op: 'RESERVE', cdbLength: 10, longId: true }, [0x56, 0x02, 0, 0, 0, 0, 0, 0, 0, 0]],
  [{ op: 'RELEASE', cdbLength: 6 }, [0x17, 0, 0, 0, 0, 0]],
  [{ op: 'RELEASE', cdbLength: 10, thirdParty: true }, [0x57, 0x10, 0, 0, 0, 0, 0, 0, 0, 0]],
  [
    { op: 'PERSISTENT RESERVE IN, READ KEYS', allocationLength: 0x1234 },
    [0x5e, 0x00, 0, 0, 0, 0, 0, 0x12, 0x34, 0], // ALLOCATION LENGTH at bytes 7-8
  ],
  [
    { op: 'PERSISTENT RESERVE IN, READ RESERVATION', allocationLength: 24 },
    [0x5e, 0x01, 0, 0, 0, 0, 0, 0, 24, 0],
  ],
  [
    { op: 'PERSISTENT RESERVE IN, REPORT CAPABILITIES', allocationLength: 8 },
    [0x5e, 0x02, 0, 0, 0, 0, 0, 0, 8, 0],
  ],
  [
    { op: 'PERSISTENT RESERVE IN, READ FULL STATUS', allocationLength: 0xffff, naca: true },
    [0x5e, 0x03, 0, 0, 0, 0, 0, 0xff, 0xff, 0x04], // NACA is bit 2
  ],
  [
    { op: 'PERSISTENT RESERVE OUT, REGISTER', parameterListLength: 0x0102_0304 },
    [0x5f, 0x00, 0, 0, 0, 1, 2, 3, 4, 0], // PARAMETER LIST LENGTH at bytes 5-8
  ],
  [
    { op: 'PERSISTENT RESERVE OUT, RESERVE', type: 5, parameterListLength: 24 },
    [0x5f, 0x01, 0x05, 0, 0, 0, 0, 0, 24, 0], // SCOPE 0h, TYPE 5h
  ],
  [
    { op: 'PERSISTENT RESERVE OUT, RELEASE', scope: 1, type: 3, parameterListLength: 24 },
    [0x5f, 0x02, 0x13, 0, 0, 0, 0, 0, 24, 0], // SCOPE 1h, TYPE 3h
  ],
  [
    { op: 'PERSISTENT RESERVE OUT, CLEAR', parameterListLength: 24 },
    [0x5f, 0x03, 0, 0, 0, 0, 0, 0, 24, 0],
  ],
  [
    { op: 'PERSISTENT RESERVE OUT, PREEMPT', parameterListLength: 24 },
    [0x5f, 0x04, 0, 0, 0, 0, 0, 0, 24, 0],
  ],
  [
    { op: 'PERSISTENT RESERVE OUT, PREEMPT AND ABORT', parameterListLength: 24 },
    [0x5f, 0x05, 0, 0, 0, 0, 0, 0, 24, 0],
  ],
  [
    { op: 'PERSISTENT RESERVE OUT, REGISTER AND IGNORE EXISTING KEY', parameterListLength: 24 },
    [0x5f, 0x06, 0, 0, 0, 0, 0, 0, 24, 0],
  ],
  [
    { op: 'PERSISTENT RESERVE OUT, REGISTER AND MOVE', parameterListLength: 60 },
    [0x5f, 0x07, 0, 0, 0, 0, 0, 0, 60, 0],
  ],
];

describe('CDBs of reservations as the standard has them', () => {
  it.each(GOLDEN)('%o, both ways', (request, cdb) => {
    expect([...encodeCdb(request)]).toEqual(cdb);
    expect(decodeCdb(Uint8Array.from(cdb))).toMatchObject(request);
  });

  it('have no REPLACE LOST RESERVATION: this device loses none', () => {
    const cdb = Uint8Array.from([0x5f, 0x08, 0, 0, 0, 0, 0, 0, 24, 0]);
    expect(decodeCdb(cdb)).toMatchObject({
      problem: 'service action',
      at: { in: 'cdb', byte: 1, bit: 4 },
    });
  });

  it('may have the obsolete identification of a reservation', () => {
    expect(decodeCdb(Uint8Array.from([0x16, 0, 0xaa, 0, 0, 0]))).toMatchObject({ op: 'RESERVE' });
    expect(decodeCdb(Uint8Array.from([0x57, 0, 0xaa, 0xbb, 0, 0, 0, 0, 0, 0]))).toMatchObject({
      op: 'RELEASE',
    });
  });
});
