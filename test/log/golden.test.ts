import { expect, test } from 'vitest';
import * as log from '../../src/log/index.ts';
import { bytes } from '../sense/annotated-bytes.ts';

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

test('Supported Log Pages, alone and with subpages', () => {
  expect(log.encodeSupportedLogPages([0x2f, 0x00, 0x0d, 0x0d])).toEqual(
    bytes`
      00 00 00 03  page 00h, 3 bytes follow
      00 0d 2f
    `,
  );
  const pages = [
    { pageCode: 0x0d, subpage: 0x01 },
    { pageCode: 0x00, subpage: 0xff },
    { pageCode: 0x0d, subpage: 0x00 },
    { pageCode: 0x00, subpage: 0x00 },
  ];
  expect(log.encodeSupportedLogSubpages(pages)).toEqual(
    bytes`
      40 ff 00 08  SPF, page 00h, subpage FFh, 8 bytes follow
      00 00
      00 ff
      0d 00
      0d 01
    `,
  );
  expect(log.encodeSupportedLogSubpages(pages, 0x0d)).toEqual(
    bytes`
      4d ff 00 04  SPF, page 0Dh, subpage FFh, 4 bytes follow
      0d 00
      0d 01
    `,
  );
  expect(() => log.encodeSupportedLogPages([0x40])).toThrow(RangeError);
  expect(() => log.encodeSupportedLogSubpages([{ pageCode: 1, subpage: 256 }])).toThrow(RangeError);
});

test.each([
  ['02', log.encodeWriteErrorCounters],
  ['03', log.encodeReadErrorCounters],
  ['05', log.encodeVerifyErrorCounters],
] as const)('error counters, page %sh: bounded counters of 8 bytes', (pageCode, encode) => {
  const coded = encode(
    { retries: 0x010203, corrected: 4, bytesProcessed: 5, uncorrected: 6 },
    { disableSave: true },
  );
  expect(coded[0]).toBe(0x80 + Number.parseInt(pageCode, 16));
  expect(coded.subarray(1)).toEqual(
    bytes`
      00 00 30     48 bytes follow
      00 02 00 08  total rewrites or rereads
      00 00 00 00 00 01 02 03
      00 03 00 08  total errors corrected
      00 00 00 00 00 00 00 04
      00 05 00 08  total bytes processed
      00 00 00 00 00 00 00 05
      00 06 00 08  total uncorrected errors
      00 00 00 00 00 00 00 06
    `,
  );
});

test('error counters: the first two, and the times that correction was processed', () => {
  const page = { correctedWithoutDelay: 1, correctedWithDelay: 2, correctionsProcessed: 3 };
  const codes = log.decodeLogPage(log.encodeReadErrorCounters(page))?.parameters;
  expect(codes?.map(({ code, value }) => [code, value[7]])).toEqual([
    [0, 1],
    [1, 2],
    [4, 3],
  ]);
});

test('error counters of other lengths decode', () => {
  const short = bytes`
    02 00 00 0d  page 02h
    00 02 00 04  4 bytes
    00 00 01 00
    00 06 00 01  1 byte
    07
  `;
  expect(log.decodeWriteErrorCounters(short)).toEqual({ retries: 256, uncorrected: 7 });
});

test('Logical Block Provisioning: resources ascending in code', () => {
  const coded = log.encodeLogicalBlockProvisioning(
    [
      { resource: 'total efficiency', count: 7, scope: 0 },
      { resource: 'used mapping', count: 0x01020304, scope: 1 },
      { resource: 'available mapping', count: 5, scope: 2 },
      { resource: 'available percentage', count: 99, scope: 1 },
    ],
    { disableSave: true },
  );
  expect(coded).toEqual(
    bytes`
      8c 00 00 30  DS, page 0Ch, 48 bytes follow
      00 01 03 08  available LBA mapping resource count
      00 00 00 05  RESOURCE COUNT
      02 00 00 00  SCOPE: shared
      00 02 03 08  used LBA mapping resource count
      01 02 03 04
      01 00 00 00  SCOPE: of this unit
      00 03 03 08  available provisioning resource percentage
      00 63 00 00
      01 00 00 00
      01 02 03 08  total efficiency LBA resource count
      00 00 00 07
      00 00 00 00
    `,
  );
  const kinds = log.decodeLogicalBlockProvisioning(
    log.encodeLogicalBlockProvisioning([
      { resource: 'compressed', count: 1, scope: 0 },
      { resource: 'de-duplicated', count: 2, scope: 0 },
    ]),
  );
  expect(kinds?.map(({ resource }) => resource)).toEqual(['de-duplicated', 'compressed']);
  for (const wrong of [
    { resource: 'used mapping', count: 2 ** 32, scope: 0 },
    { resource: 'available percentage', count: 65536, scope: 0 },
    { resource: 'used mapping', count: 0, scope: 4 },
  ] as const)
    expect(() => log.encodeLogicalBlockProvisioning([wrong])).toThrow(RangeError);
});

test('Temperature', () => {
  expect(log.encodeTemperature({ temperature: 30, referenceTemperature: 60 })).toEqual(
    bytes`
      0d 00 00 0c  page 0Dh, 12 bytes follow
      00 00 03 02  temperature, binary list
      00 1e
      00 01 03 02  reference temperature
      00 3c
    `,
  );
});

test('Environmental Reporting: signed temperatures, and what is not valid', () => {
  const coded = log.encodeEnvironmentalReporting([
    { sensor: 'humidity', number: 2, current: 40, lifetimeMaximum: 100, minimumSincePowerOn: 0 },
    {
      sensor: 'temperature',
      number: 1,
      current: 30,
      lifetimeMaximum: 60,
      lifetimeMinimum: -5,
      maximumSincePowerOn: 41,
    },
  ]);
  expect(coded).toEqual(
    bytes`
      4d 01 00 18  SPF, page 0Dh, subpage 01h, 24 bytes follow
      00 01 03 08  temperature report 1
      00
      1e           TEMPERATURE
      3c           LIFETIME MAXIMUM
      fb           LIFETIME MINIMUM
      29           MAXIMUM SINCE POWER ON
      80           MINIMUM SINCE POWER ON: not valid
      00 00
      01 02 03 08  relative humidity report 2
      00
      28           RELATIVE HUMIDITY
      64           LIFETIME MAXIMUM
      ff           LIFETIME MINIMUM: not valid
      ff           MAXIMUM SINCE POWER ON: not valid
      00           MINIMUM SINCE POWER ON
      00 00
    `,
  );
  for (const wrong of [
    { sensor: 'humidity', number: 0, current: 101 },
    { sensor: 'temperature', number: 0, current: -128 },
    { sensor: 'temperature', number: 256 },
  ] as const)
    expect(() => log.encodeEnvironmentalReporting([wrong])).toThrow(RangeError);
});

test('Start-Stop Cycle Counter: dates in ASCII, counts in 4 bytes', () => {
  const coded = log.encodeStartStopCycleCounter({
    manufactureYear: '2026',
    manufactureWeek: '47',
    accountingYear: '',
    accountingWeek: '',
    specifiedCycles: 50000,
    accumulatedCycles: 3,
    specifiedLoadUnloads: 4,
    accumulatedLoadUnloads: 5,
  });
  expect(coded).toEqual(
    bytes`
      0e 00 00 34  page 0Eh, 52 bytes follow
      00 01 01 06  date of manufacture, ASCII list
      32 30 32 36 34 37
      00 02 01 06  accounting date, not set
      20 20 20 20 20 20
      00 03 03 04  specified cycle count over device lifetime
      00 00 c3 50
      00 04 03 04  accumulated start-stop cycles
      00 00 00 03
      00 05 03 04  specified load-unload count over device lifetime
      00 00 00 04
      00 06 03 04  accumulated load-unload cycles
      00 00 00 05
    `,
  );
});

test('Application Client: 252 bytes a parameter', () => {
  const coded = log.encodeApplicationClient([{ code: 0x3f, data: bytes`aa bb` }]);
  expect(coded).toEqual(
    Uint8Array.of(
      ...bytes`
        0f 00 01 00  page 0Fh, 256 bytes follow
        00 3f 03 fc  parameter 3Fh, binary list, 252 bytes
        aa bb
      `,
      ...zeros(250),
    ),
  );
  expect(() => log.encodeApplicationClient([{ code: 0x1000, data: bytes`` }])).toThrow(RangeError);
  const data = new Uint8Array(253);
  expect(() => log.encodeApplicationClient([{ code: 0, data }])).toThrow(RangeError);
});

test('Self-Test Results: always 20 parameters', () => {
  const coded = log.encodeSelfTestResults([
    {
      selfTestCode: 2,
      result: 7,
      segment: 1,
      powerOnHours: 0x0203,
      firstFailure: 0x04_05060708,
      senseKey: 3,
      asc: 0x11,
      ascq: 0x01,
    },
    { selfTestCode: 1, result: 0, segment: 0, powerOnHours: 9, senseKey: 0, asc: 0, ascq: 0 },
  ]);
  expect(coded).toHaveLength(404);
  expect(coded.subarray(0, 64)).toEqual(
    bytes`
      10 00 01 90  page 10h, 400 bytes follow
      00 01 03 10  the most recent, 16 bytes
      47           SELF-TEST CODE 2, SELF-TEST RESULTS 7
      01           SELF-TEST NUMBER
      02 03        ACCUMULATED POWER ON HOURS
      00 00 00 04 05 06 07 08  ADDRESS OF FIRST FAILURE
      03           SENSE KEY
      11 01        additional sense code and qualifier
      00
      00 02 03 10
      20           SELF-TEST CODE 1, no error
      00
      00 09
      ff ff ff ff ff ff ff ff  no failure
      00 00 00 00
      00 03 03 10  no result
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    `,
  );
  const result = {
    selfTestCode: 0,
    result: 1,
    segment: 0,
    powerOnHours: 0,
    senseKey: 0,
    asc: 0,
    ascq: 0,
  };
  expect(() => log.encodeSelfTestResults(Array.from({ length: 21 }, () => result))).toThrow(
    RangeError,
  );
  expect(() => log.encodeSelfTestResults([{ ...result, firstFailure: 2 ** 53 }])).toThrow(
    RangeError,
  );
});

test('Background Scan: status and errors', () => {
  const coded = log.encodeBackgroundScan({
    status: {
      powerOnMinutes: 0x01020304,
      status: 8,
      scansPerformed: 0x0506,
      progress: 0x8000,
      mediumScansPerformed: 0x0708,
    },
    errors: [
      {
        code: 0x800,
        powerOnMinutes: 9,
        reassignStatus: 1,
        senseKey: 3,
        asc: 0x11,
        ascq: 0x00,
        lba: 0x0a_0b0c0d0e,
      },
    ],
  });
  expect(coded).toEqual(
    bytes`
      15 00 00 28  page 15h, 40 bytes follow
      00 00 03 0c  status, 12 bytes
      01 02 03 04  ACCUMULATED POWER ON MINUTES
      00
      08           BACKGROUND SCAN STATUS: waits for its interval timer
      05 06        NUMBER OF BACKGROUND SCANS PERFORMED
      80 00        BACKGROUND SCAN PROGRESS: half
      07 08        NUMBER OF BACKGROUND MEDIUM SCANS PERFORMED
      08 00 03 14  error 800h, 20 bytes
      00 00 00 09  ACCUMULATED POWER ON MINUTES
      13           REASSIGN STATUS 1, SENSE KEY 3
      11 00        additional sense code and qualifier
      00 00 00 00 00  vendor specific
      00 00 00 0a 0b 0c 0d 0e  LOGICAL BLOCK ADDRESS
    `,
  );
  const [error] = log.decodeBackgroundScan(coded)?.errors ?? [];
  for (const code of [0, 0x801])
    expect(() => log.encodeBackgroundScan({ errors: [{ ...error!, code }] })).toThrow(RangeError);
});

test('Pending Defects: the count is that of the defects unless told', () => {
  const coded = log.encodePendingDefects({ defects: [{ powerOnHours: 2, lba: 0x03_04050607 }] });
  expect(coded).toEqual(
    bytes`
      55 01 00 18  SPF, page 15h, subpage 01h, 24 bytes follow
      00 00 03 04  pending defect count
      00 00 00 01
      00 01 03 0c  pending defect
      00 00 00 02  ACCUMULATED POWER ON HOURS
      00 00 00 03 04 05 06 07  LOGICAL BLOCK ADDRESS
    `,
  );
  const defects = Array.from({ length: 4096 }, () => ({ powerOnHours: 0, lba: 0 }));
  expect(() => log.encodePendingDefects({ defects })).toThrow(RangeError);
  expect(log.encodePendingDefects({ defects: defects.slice(1) })).toHaveLength(65532);
});

test('Protocol Specific Port as iSCSI has it', () => {
  expect(log.encodeProtocolSpecificPort([{ relativePortId: 1, protocol: 5 }])).toEqual(
    bytes`
      18 00 00 08  page 18h, 8 bytes follow
      00 01 03 04  relative target port 1, binary list
      05 00 00 00  PROTOCOL IDENTIFIER
    `,
  );
  for (const wrong of [
    { relativePortId: 0, protocol: 5 },
    { relativePortId: 1, protocol: 16 },
  ])
    expect(() => log.encodeProtocolSpecificPort([wrong])).toThrow(RangeError);
});

test('General Statistics and Performance', () => {
  const coded = log.encodeGeneralStatistics({
    readCommands: 1,
    writeCommands: 2,
    blocksReceived: 3,
    blocksTransmitted: 4,
    readIntervals: 5,
    writeIntervals: 6,
    weightedCommands: 7,
    weightedIntervals: 8,
    idleIntervals: 9,
    intervalExponent: 3,
    intervalInteger: 50,
  });
  expect(coded).toEqual(
    bytes`
      19 00 00 5c  page 19h, 92 bytes follow
      00 01 02 40  statistics and performance, unbounded counter
      00 00 00 00 00 00 00 01  NUMBER OF READ COMMANDS
      00 00 00 00 00 00 00 02  NUMBER OF WRITE COMMANDS
      00 00 00 00 00 00 00 03  NUMBER OF LOGICAL BLOCKS RECEIVED
      00 00 00 00 00 00 00 04  NUMBER OF LOGICAL BLOCKS TRANSMITTED
      00 00 00 00 00 00 00 05  READ COMMAND PROCESSING INTERVALS
      00 00 00 00 00 00 00 06  WRITE COMMAND PROCESSING INTERVALS
      00 00 00 00 00 00 00 07  WEIGHTED NUMBER OF READ COMMANDS PLUS WRITE COMMANDS
      00 00 00 00 00 00 00 08  WEIGHTED READ COMMAND PROCESSING PLUS WRITE COMMAND PROCESSING
      00 02 02 08  idle time
      00 00 00 00 00 00 00 09
      00 03 03 08  time interval: 50 × 10^-3 seconds
      00 00 00 03
      00 00 00 32
    `,
  );
  const fua = log.encodeGeneralStatistics({
    readFuaCommands: 1,
    writeFuaCommands: 2,
    readFuaNvCommands: 3,
    writeFuaNvCommands: 4,
    readFuaIntervals: 5,
    writeFuaIntervals: 6,
    readFuaNvIntervals: 7,
    writeFuaNvIntervals: 8,
  });
  expect(fua.subarray(0, 8)).toEqual(bytes`19 00 00 44 00 04 02 40`);
  const counts = Array.from({ length: 8 }, (_, i) => fua[8 + 8 * i + 7]);
  expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('Cache Memory Statistics', () => {
  const coded = log.encodeCacheMemoryStatistics({
    readHits: 1,
    reads: 2,
    writeHits: 3,
    writes: 4,
    intervalsSinceHardReset: 5,
    intervalExponent: 3,
    intervalInteger: 50,
  });
  expect(coded).toEqual(
    bytes`
      59 20 00 48  SPF, page 19h, subpage 20h, 72 bytes follow
      00 01 02 08  read cache memory hits
      00 00 00 00 00 00 00 01
      00 02 02 08  reads to read cache memory
      00 00 00 00 00 00 00 02
      00 03 02 08  write cache memory hits
      00 00 00 00 00 00 00 03
      00 04 02 08  writes from write cache memory
      00 00 00 00 00 00 00 04
      00 05 02 08  time from last hard reset
      00 00 00 00 00 00 00 05
      00 06 03 08  time interval
      00 00 00 03
      00 00 00 32
    `,
  );
});

test('Power Condition Transitions', () => {
  const coded = log.encodePowerConditionTransitions({
    toActive: 1,
    toIdleA: 2,
    toIdleB: 3,
    toIdleC: 4,
    toStandbyZ: 5,
    toStandbyY: 6,
  });
  expect(coded).toEqual(
    bytes`
      1a 00 00 30  page 1Ah, 48 bytes follow
      00 01 03 04 00 00 00 01  active
      00 02 03 04 00 00 00 02  idle_a
      00 03 03 04 00 00 00 03  idle_b
      00 04 03 04 00 00 00 04  idle_c
      00 08 03 04 00 00 00 05  standby_z
      00 09 03 04 00 00 00 06  standby_y
    `,
  );
  expect(() => log.encodePowerConditionTransitions({ toActive: 2 ** 32 })).toThrow(RangeError);
});

test('Informational Exceptions', () => {
  expect(log.encodeInformationalExceptions({ asc: 0x5d, ascq: 0xff, temperature: 30 })).toEqual(
    bytes`
      2f 00 00 08  page 2Fh, 8 bytes follow
      00 00 03 04  general, binary list
      5d           ADDITIONAL SENSE CODE
      ff           ADDITIONAL SENSE CODE QUALIFIER
      1e           MOST RECENT TEMPERATURE READING
      00
    `,
  );
});

test('a parameter that is too short has no values of those that it does not reach', () => {
  const short = bytes`
    2f 00 00 06  page 2Fh, 6 bytes follow
    00 00 03 02  2 bytes
    5d 10
  `;
  expect(log.decodeInformationalExceptions(short)).toEqual({ asc: 0x5d, ascq: 0x10 });
});

test('a counter of more than 8 bytes is no counter', () => {
  const long = Uint8Array.of(0x02, 0, 0, 13, 0, 6, 0, 9, ...zeros(8), 1);
  expect(log.decodeWriteErrorCounters(long)).toEqual({});
});
