import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as mode from '../../src/mode/index.ts';
import { bytes } from '../sense/annotated-bytes.ts';

const flag = fc.boolean();
const bits = (count: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 0, max: 2 ** count - 1 }), fc.constantFrom(0, 2 ** count - 1));

const disconnect: fc.Arbitrary<mode.DisconnectReconnectPage> = fc.record({
  bufferFullRatio: bits(8),
  bufferEmptyRatio: bits(8),
  busInactivityLimit: bits(16),
  disconnectTimeLimit: bits(16),
  connectTimeLimit: bits(16),
  maximumBurstSize: bits(16),
  enableModifyDataPointers: flag,
  fairArbitration: bits(3),
  disconnectImmediate: flag,
  dataTransferDisconnectControl: bits(3),
  firstBurstSize: bits(16),
});

const verify: fc.Arbitrary<mode.VerifyErrorRecoveryPage> = fc.record({
  enableEarlyRecovery: flag,
  postError: flag,
  dataTerminateOnError: flag,
  disableCorrection: flag,
  verifyRetryCount: bits(8),
  verifyRecoveryTimeLimit: bits(16),
});

const extension: fc.Arbitrary<mode.ControlExtensionPage> = fc.record({
  deviceLifeControl: flag,
  timestampChangeableOtherwise: flag,
  scsiPrecedence: flag,
  implicitAsymmetricAccess: flag,
  initialCommandPriority: bits(4),
  maximumSenseDataLength: bits(8),
});

const power: fc.Arbitrary<mode.PowerConditionPage> = fc.record({
  backgroundPrecedence: bits(2),
  standbyY: flag,
  idleC: flag,
  idleB: flag,
  idleA: flag,
  standbyZ: flag,
  idleATimer: bits(32),
  standbyZTimer: bits(32),
  idleBTimer: bits(32),
  idleCTimer: bits(32),
  standbyYTimer: bits(32),
  checkConditionFromIdle: bits(2),
  checkConditionFromStandby: bits(2),
  checkConditionFromStopped: bits(2),
});

const protocol: fc.Arbitrary<mode.ProtocolSpecificPage> = fc.record({ protocol: bits(4) });

const page = <T extends object>(
  name: string,
  [pageCode, subpage, length]: readonly [pageCode: number, subpage: number, length: number],
  arbitrary: fc.Arbitrary<T>,
  encode: (page: T, options?: mode.ModePageOptions) => Uint8Array,
  decode: (bytes: Uint8Array) => T | undefined,
): { name: string; roundTrip: () => void; anyBytes: () => void; otherPage: () => void } => ({
  name,
  roundTrip: () => {
    fc.assert(
      fc.property(arbitrary, flag, (value, parametersSaveable) => {
        const coded = encode(value, { parametersSaveable });
        expect(coded).toHaveLength(length);
        const ps = parametersSaveable ? 0x80 : 0;
        expect([...coded.subarray(0, subpage === 0 ? 2 : 4)]).toEqual(
          subpage === 0
            ? [ps | pageCode, length - 2]
            : [ps | 0x40 | pageCode, subpage, 0, length - 4],
        );
        expect(decode(coded)).toEqual(value);
        expect(decode(Uint8Array.of(...coded, 1, 2, 3))).toEqual(value);
      }),
    );
  },
  anyBytes: () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), bits(8), (any, second) => {
        decode(any);
        decode(Uint8Array.of(pageCode, second, ...any));
        decode(Uint8Array.of(pageCode | 0x40, subpage, 0, second, ...any));
      }),
      { numRuns: 500 },
    );
  },
  otherPage: () => {
    fc.assert(
      fc.property(arbitrary, bits(6), fc.nat(length - 1), (value, other, cut) => {
        const coded = encode(value);
        expect(decode(coded.subarray(0, cut))).toBeUndefined();
        coded[0] = (coded[0]! & 0xc0) | other;
        expect(decode(coded) !== undefined).toBe(other === pageCode);
      }),
    );
  },
});

describe.each([
  page(
    'Disconnect-Reconnect',
    [0x02, 0, 16],
    disconnect,
    mode.encodeDisconnectReconnect,
    mode.decodeDisconnectReconnect,
  ),
  page(
    'Verify Error Recovery',
    [0x07, 0, 12],
    verify,
    mode.encodeVerifyErrorRecovery,
    mode.decodeVerifyErrorRecovery,
  ),
  page(
    'Control Extension',
    [0x0a, 1, 32],
    extension,
    mode.encodeControlExtension,
    mode.decodeControlExtension,
  ),
  page(
    'Protocol Specific Logical Unit',
    [0x18, 0, 8],
    protocol,
    mode.encodeProtocolSpecificLogicalUnit,
    mode.decodeProtocolSpecificLogicalUnit,
  ),
  page(
    'Protocol Specific Port',
    [0x19, 0, 8],
    protocol,
    mode.encodeProtocolSpecificPort,
    mode.decodeProtocolSpecificPort,
  ),
  page(
    'Power Condition',
    [0x1a, 0, 40],
    power,
    mode.encodePowerCondition,
    mode.decodePowerCondition,
  ),
])('$name', ({ roundTrip, anyBytes, otherPage }) => {
  test('what is encoded decodes to itself', roundTrip);
  test('any bytes decode without throwing', anyBytes);
  test('another page, or a part of it, is not it', otherPage);
});

test('Disconnect-Reconnect: 16 bytes', () => {
  const coded = mode.encodeDisconnectReconnect({
    bufferFullRatio: 1,
    bufferEmptyRatio: 2,
    busInactivityLimit: 0x0304,
    disconnectTimeLimit: 0x0506,
    connectTimeLimit: 0x0708,
    maximumBurstSize: 0x090a,
    enableModifyDataPointers: true,
    fairArbitration: 2,
    disconnectImmediate: true,
    dataTransferDisconnectControl: 3,
    firstBurstSize: 0x0b0c,
  });
  expect(coded).toEqual(
    bytes`
      02 0e        page 02h, 14 bytes follow
      01           BUFFER FULL RATIO
      02           BUFFER EMPTY RATIO
      03 04        BUS INACTIVITY LIMIT
      05 06        DISCONNECT TIME LIMIT
      07 08        CONNECT TIME LIMIT
      09 0a        MAXIMUM BURST SIZE
      ab           EMDP, FAIR ARBITRATION 2, DIMM, DTDC 3
      00           reserved
      0b 0c        FIRST BURST SIZE
    `,
  );
});

test('Verify Error Recovery: 12 bytes', () => {
  const coded = mode.encodeVerifyErrorRecovery({
    enableEarlyRecovery: true,
    postError: false,
    dataTerminateOnError: true,
    disableCorrection: false,
    verifyRetryCount: 7,
    verifyRecoveryTimeLimit: 0x0102,
  });
  expect(coded).toEqual(
    bytes`
      07 0a        page 07h, 10 bytes follow
      0a           EER, DTE
      07           VERIFY RETRY COUNT
      00 00 00 00 00 00  obsolete, reserved
      01 02        VERIFY RECOVERY TIME LIMIT
    `,
  );
});

test('Verify Error Recovery: PER and DCR', () => {
  expect(mode.decodeVerifyErrorRecovery(bytes`07 0a 05 00 00 00 00 00 00 00 00 00`)).toEqual({
    enableEarlyRecovery: false,
    postError: true,
    dataTerminateOnError: false,
    disableCorrection: true,
    verifyRetryCount: 0,
    verifyRecoveryTimeLimit: 0,
  });
});

test('Control Extension: 32 bytes', () => {
  const coded = mode.encodeControlExtension({
    deviceLifeControl: false,
    timestampChangeableOtherwise: true,
    scsiPrecedence: false,
    implicitAsymmetricAccess: true,
    initialCommandPriority: 9,
    maximumSenseDataLength: 252,
  });
  expect(coded).toEqual(
    bytes`
      4a 01        SPF, page 0Ah, subpage 01h
      00 1c        28 bytes follow
      05           TCMOS, IALUAE
      09           INITIAL COMMAND PRIORITY
      fc           MAXIMUM SENSE DATA LENGTH
      00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  reserved
    `,
  );
  const flags = bytes`4a 01 00 1c 0a`;
  const other = Uint8Array.of(...flags, ...new Uint8Array(27));
  expect(mode.decodeControlExtension(other)).toMatchObject({
    deviceLifeControl: true,
    timestampChangeableOtherwise: false,
    scsiPrecedence: true,
    implicitAsymmetricAccess: false,
  });
});

test('Protocol Specific pages as iSCSI has them', () => {
  const iscsi = { protocol: mode.ISCSI_PROTOCOL };
  expect(mode.encodeProtocolSpecificLogicalUnit(iscsi)).toEqual(
    bytes`
      18 06        page 18h, 6 bytes follow
      05           PROTOCOL IDENTIFIER
      00 00 00 00 00
    `,
  );
  expect(mode.encodeProtocolSpecificPort(iscsi)).toEqual(
    bytes`
      19 06        page 19h, 6 bytes follow
      05           PROTOCOL IDENTIFIER
      00 00 00 00 00
    `,
  );
});

test('Protocol Specific Port of SAS decodes as far as it is common to all transports', () => {
  const sas = bytes`
    99 0e        PS, page 19h, 14 bytes follow
    16           READY LED MEANING, PROTOCOL IDENTIFIER 6
    00
    07 d0        I_T NEXUS LOSS TIME
    07 d0        INITIATOR RESPONSE TIMEOUT
    00 00 00 00 00 00 00 00
  `;
  expect(mode.decodeProtocolSpecificPort(sas)).toEqual({ protocol: 6 });
});

test('Power Condition: 40 bytes', () => {
  const coded = mode.encodePowerCondition(
    {
      backgroundPrecedence: 2,
      standbyY: true,
      idleC: true,
      idleB: false,
      idleA: true,
      standbyZ: false,
      idleATimer: 0x01020304,
      standbyZTimer: 0x05060708,
      idleBTimer: 0x090a0b0c,
      idleCTimer: 0x0d0e0f10,
      standbyYTimer: 0x11121314,
      checkConditionFromIdle: 1,
      checkConditionFromStandby: 2,
      checkConditionFromStopped: 3,
    },
    { parametersSaveable: true },
  );
  expect(coded).toEqual(
    bytes`
      9a 26        PS, page 1Ah, 38 bytes follow
      81           PM_BG_PRECEDENCE 2, STANDBY_Y
      0a           IDLE_C, IDLE_A
      01 02 03 04  IDLE_A CONDITION TIMER
      05 06 07 08  STANDBY_Z CONDITION TIMER
      09 0a 0b 0c  IDLE_B CONDITION TIMER
      0d 0e 0f 10  IDLE_C CONDITION TIMER
      11 12 13 14  STANDBY_Y CONDITION TIMER
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  reserved
      6c           CCF IDLE 1, CCF STANDBY 2, CCF STOPPED 3
    `,
  );
});

test('Power Condition of SPC-3 decodes: 12 bytes, the rest is zero', () => {
  const old = bytes`
    1a 0a        page 1Ah, 10 bytes follow
    00
    05           IDLE_B, STANDBY_Z
    00 00 00 01  IDLE_A CONDITION TIMER
    00 00 00 02  STANDBY_Z CONDITION TIMER
  `;
  expect(mode.decodePowerCondition(old)).toMatchObject({
    idleA: false,
    idleB: true,
    standbyZ: true,
    idleATimer: 1,
    standbyZTimer: 2,
    standbyYTimer: 0,
    checkConditionFromStopped: 0,
  });
});
