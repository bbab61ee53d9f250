import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layoutMask } from '../../src/layout.ts';
import * as mode from '../../src/mode/index.ts';
import { bytes } from '../sense/annotated-bytes.ts';

const flag = fc.boolean();
const bits = (count: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 0, max: 2 ** count - 1 }), fc.constantFrom(0, 2 ** count - 1));

const recovery: fc.Arbitrary<mode.ReadWriteErrorRecoveryPage> = fc.record({
  automaticWriteReallocation: flag,
  automaticReadReallocation: flag,
  transferBlock: flag,
  readContinuous: flag,
  enableEarlyRecovery: flag,
  postError: flag,
  dataTerminateOnError: flag,
  disableCorrection: flag,
  readRetryCount: bits(8),
  logicalBlockProvisioningErrorReporting: flag,
  misalignedWriteReporting: bits(2),
  writeRetryCount: bits(8),
  recoveryTimeLimit: bits(16),
});

const caching: fc.Arbitrary<mode.CachingPage> = fc.record({
  initiatorControl: flag,
  abortPreFetch: flag,
  cachingAnalysisPermitted: flag,
  discontinuity: flag,
  sizeEnable: flag,
  writebackCacheEnable: flag,
  multiplicationFactor: flag,
  readCacheDisable: flag,
  demandReadRetentionPriority: bits(4),
  writeRetentionPriority: bits(4),
  disablePreFetchTransferLength: bits(16),
  minimumPreFetch: bits(16),
  maximumPreFetch: bits(16),
  maximumPreFetchCeiling: bits(16),
  forceSequentialWrite: flag,
  logicalBlockCacheSegmentSize: flag,
  disableReadAhead: flag,
  synchronizeCacheProgress: bits(2),
  nonVolatileCacheDisable: flag,
  cacheSegments: bits(8),
  cacheSegmentSize: bits(16),
});

const control: fc.Arbitrary<mode.ControlPage> = fc.record({
  taskSetType: bits(3),
  taskManagementOnly: flag,
  disableProtectionCheckIfZero: flag,
  descriptorSense: flag,
  globalLoggingTargetSaveDisable: flag,
  reportLogException: flag,
  queueAlgorithmModifier: bits(4),
  noUnitAttentionOnRelease: flag,
  queueErrorManagement: bits(2),
  reportACheck: flag,
  unitAttentionInterlock: bits(2),
  softwareWriteProtect: flag,
  applicationTagOwner: flag,
  taskAbortedStatus: flag,
  applicationTagModePage: flag,
  rejectWriteWithoutProtection: flag,
  supportedBlockLengths: flag,
  autoloadMode: bits(3),
  busyTimeoutPeriod: bits(16),
  extendedSelfTestTime: bits(16),
});

const exceptions: fc.Arbitrary<mode.InformationalExceptionsControlPage> = fc.record({
  performance: flag,
  enableBackgroundFunction: flag,
  enableWarning: flag,
  disableExceptionControl: flag,
  test: flag,
  enableBackgroundError: flag,
  logErrors: flag,
  method: bits(4),
  intervalTimer: bits(32),
  reportCount: bits(32),
});

const page = <T extends object>(
  name: string,
  spec: mode.ModePageSpec<T>,
  arbitrary: fc.Arbitrary<T>,
  encode: (page: T, options?: mode.ModePageOptions) => Uint8Array,
  decode: (bytes: Uint8Array) => T | undefined,
): { name: string; roundTrip: () => void; anyBytes: () => void; cut: () => void } => ({
  name,
  roundTrip: () => {
    fc.assert(
      fc.property(arbitrary, flag, (value, parametersSaveable) => {
        const coded = encode(value, { parametersSaveable });
        expect(coded).toHaveLength(spec.length);
        expect(coded[0]).toBe(spec.pageCode | (parametersSaveable ? 0x80 : 0));
        expect(coded[1]).toBe(spec.length - 2);
        expect(decode(coded)).toEqual(value);
      }),
    );
  },
  anyBytes: () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bits(8), (any, length) => {
        decode(any);
        decode(Uint8Array.of(spec.pageCode, length, ...any));
      }),
      { numRuns: 500 },
    );
  },
  cut: () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(spec.length - 1), bits(6), (value, length, other) => {
        const coded = encode(value);
        expect(decode(coded.subarray(0, length))).toBeUndefined();
        coded[0] = other;
        expect(decode(coded) !== undefined).toBe(other === spec.pageCode);
      }),
    );
  },
});

describe.each([
  page(
    'Read-Write Error Recovery',
    mode.READ_WRITE_ERROR_RECOVERY,
    recovery,
    mode.encodeReadWriteErrorRecovery,
    mode.decodeReadWriteErrorRecovery,
  ),
  page('Caching', mode.CACHING, caching, mode.encodeCaching, mode.decodeCaching),
  page('Control', mode.CONTROL, control, mode.encodeControl, mode.decodeControl),
  page(
    'Informational Exceptions Control',
    mode.INFORMATIONAL_EXCEPTIONS_CONTROL,
    exceptions,
    mode.encodeInformationalExceptionsControl,
    mode.decodeInformationalExceptionsControl,
  ),
])('$name', ({ roundTrip, anyBytes, cut }) => {
  test('what is encoded decodes to itself', roundTrip);
  test('any bytes decode without throwing', anyBytes);
  test('another page, or a part of it, is not it', cut);
});

test('Read-Write Error Recovery: 12 bytes', () => {
  const coded = mode.encodeReadWriteErrorRecovery(
    {
      automaticWriteReallocation: true,
      automaticReadReallocation: false,
      transferBlock: true,
      readContinuous: false,
      enableEarlyRecovery: false,
      postError: true,
      dataTerminateOnError: false,
      disableCorrection: true,
      readRetryCount: 8,
      logicalBlockProvisioningErrorReporting: true,
      misalignedWriteReporting: 2,
      writeRetryCount: 9,
      recoveryTimeLimit: 0x0102,
    },
    { parametersSaveable: true },
  );
  expect(coded).toEqual(
    bytes`
      81 0a        PS, page 01h, 10 bytes follow
      a5           AWRE, TB, PER, DCR
      08           READ RETRY COUNT
      00 00 00     obsolete, reserved
      c0           LBPERE, MWR 2
      09           WRITE RETRY COUNT
      00
      01 02        RECOVERY TIME LIMIT
    `,
  );
});

const cached: mode.CachingPage = {
  initiatorControl: true,
  abortPreFetch: false,
  cachingAnalysisPermitted: true,
  discontinuity: true,
  sizeEnable: false,
  writebackCacheEnable: true,
  multiplicationFactor: false,
  readCacheDisable: true,
  demandReadRetentionPriority: 1,
  writeRetentionPriority: 0xf,
  disablePreFetchTransferLength: 0x0102,
  minimumPreFetch: 0x0304,
  maximumPreFetch: 0x0506,
  maximumPreFetchCeiling: 0x0708,
  forceSequentialWrite: true,
  logicalBlockCacheSegmentSize: false,
  disableReadAhead: true,
  synchronizeCacheProgress: 2,
  nonVolatileCacheDisable: true,
  cacheSegments: 9,
  cacheSegmentSize: 0x0a0b,
};

test('Caching: 20 bytes', () => {
  expect(mode.encodeCaching(cached)).toEqual(
    bytes`
      08 12        page 08h, 18 bytes follow
      b5           IC, CAP, DISC, WCE, RCD
      1f           DEMAND READ 1, WRITE RETENTION PRIORITY 15
      01 02        DISABLE PRE-FETCH TRANSFER LENGTH
      03 04        MINIMUM PRE-FETCH
      05 06        MAXIMUM PRE-FETCH
      07 08        MAXIMUM PRE-FETCH CEILING
      a5           FSW, DRA, SYNC_PROG 2, NV_DIS
      09           NUMBER OF CACHE SEGMENTS
      0a 0b        CACHE SEGMENT SIZE
      00 00 00 00  reserved, obsolete
    `,
  );
});

test('Caching of SCSI-2 decodes: 12 bytes, the rest is zero', () => {
  const old = mode.encodeCaching(cached).subarray(0, 12);
  old[1] = 0x0a;
  expect(mode.decodeCaching(old)).toMatchObject({
    writebackCacheEnable: true,
    maximumPreFetchCeiling: 0x0708,
    disableReadAhead: false,
  });
  old[1] = 0x09;
  expect(mode.decodeCaching(old)).toBeUndefined();
});

const controls: mode.ControlPage = {
  taskSetType: 1,
  taskManagementOnly: false,
  disableProtectionCheckIfZero: true,
  descriptorSense: true,
  globalLoggingTargetSaveDisable: true,
  reportLogException: false,
  queueAlgorithmModifier: 1,
  noUnitAttentionOnRelease: true,
  queueErrorManagement: 3,
  reportACheck: true,
  unitAttentionInterlock: 2,
  softwareWriteProtect: true,
  applicationTagOwner: true,
  taskAbortedStatus: true,
  applicationTagModePage: false,
  rejectWriteWithoutProtection: true,
  supportedBlockLengths: false,
  autoloadMode: 2,
  busyTimeoutPeriod: 0xffff,
  extendedSelfTestTime: 0x0102,
};

test('Control: 12 bytes', () => {
  expect(mode.encodeControl(controls)).toEqual(
    bytes`
      0a 0a        page 0Ah, 10 bytes follow
      2e           TST 1, DPICZ, D_SENSE, GLTSD
      1e           QUEUE ALGORITHM MODIFIER 1, NUAR, QERR 3
      68           RAC, UA_INTLCK_CTRL 2, SWP
      d2           ATO, TAS, RWWP, AUTOLOAD MODE 2
      00 00        obsolete
      ff ff        BUSY TIMEOUT PERIOD
      01 02        EXTENDED SELF-TEST COMPLETION TIME
    `,
  );
});

test('a value without a code is refused', () => {
  expect(() => mode.encodeControl({ ...controls, taskSetType: 8 })).toThrow(RangeError);
  expect(() => mode.encodeCaching({ ...cached, cacheSegments: 256 })).toThrow(RangeError);
});

test('the mask of changeable values comes from the layout, without the header', () => {
  expect(layoutMask(mode.CONTROL.layout, 12, ['descriptorSense', 'softwareWriteProtect'])).toEqual(
    bytes`00 00 04 00 08 00 00 00 00 00 00 00  D_SENSE, SWP`,
  );
  expect(layoutMask(mode.CACHING.layout, 20).subarray(0, 2)).toEqual(bytes`00 00`);
});

test('Informational Exceptions Control: 12 bytes', () => {
  const coded = mode.encodeInformationalExceptionsControl({
    performance: true,
    enableBackgroundFunction: false,
    enableWarning: true,
    disableExceptionControl: true,
    test: false,
    enableBackgroundError: true,
    logErrors: true,
    method: 6,
    intervalTimer: 0x01020304,
    reportCount: 0x05060708,
  });
  expect(coded).toEqual(
    bytes`
      1c 0a        page 1Ch, 10 bytes follow
      9b           PERF, EWASC, DEXCPT, EBACKERR, LOGERR
      06           MRIE: only on request
      01 02 03 04  INTERVAL TIMER
      05 06 07 08  REPORT COUNT
    `,
  );
});

test('a page with a subpage has the longer header', () => {
  const spec: mode.ModePageSpec<{ readonly value: number }> = {
    pageCode: 0x0a,
    subpage: 0x05,
    length: 6,
    layout: { value: ['u16', 4] },
  };
  const coded = mode.encodeModePage(spec, { value: 0x1234 }, { parametersSaveable: true });
  expect(coded).toEqual(
    bytes`
      ca 05        PS, SPF, page 0Ah, subpage 05h
      00 02        2 bytes follow
      12 34
    `,
  );
  expect(mode.decodeModePage(spec, coded)).toEqual({ value: 0x1234 });
  expect(mode.decodeControl(coded)).toBeUndefined();
  expect(mode.decodeModePage({ ...spec, subpage: 6 }, coded)).toBeUndefined();
});
