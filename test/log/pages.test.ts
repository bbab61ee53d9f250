import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as log from '../../src/log/index.ts';

const bits = (count: number): fc.Arbitrary<number> =>
  count <= 31
    ? fc.integer({ min: 0, max: 2 ** count - 1 })
    : fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** count - 1 }), fc.constant(2 ** count - 1));

const digits = (length: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));

/** Members that may each be absent; but one by one, as some share a parameter. */
const some = <K extends string>(
  members: Record<K, fc.Arbitrary<number>>,
): fc.Arbitrary<Partial<Record<K, number>>> =>
  fc
    .tuple(fc.record(members), fc.subarray(Object.keys(members)))
    .map(([page, kept]) =>
      Object.fromEntries(Object.entries(page).filter(([name]) => kept.includes(name))),
    ) as fc.Arbitrary<Partial<Record<K, number>>>;

const temperature: fc.Arbitrary<log.TemperaturePage> = some({
  temperature: bits(8),
  referenceTemperature: bits(8),
});

const counters: fc.Arbitrary<log.ErrorCountersPage> = some({
  correctedWithoutDelay: bits(53),
  correctedWithDelay: bits(53),
  retries: bits(53),
  corrected: bits(53),
  correctionsProcessed: bits(53),
  bytesProcessed: bits(53),
  uncorrected: bits(53),
});

/** All of a parameter that has several members, or nothing. */
const whole = <T extends object>(record: fc.Arbitrary<T>): fc.Arbitrary<T | object> =>
  fc.option(record, { nil: {} });

const startStop: fc.Arbitrary<log.StartStopCycleCounterPage> = fc
  .tuple(
    whole(fc.record({ manufactureYear: digits(4), manufactureWeek: digits(2) })),
    whole(fc.record({ accountingYear: digits(4), accountingWeek: digits(2) })),
    some({
      specifiedCycles: bits(32),
      accumulatedCycles: bits(32),
      specifiedLoadUnloads: bits(32),
      accumulatedLoadUnloads: bits(32),
    }),
  )
  .map(([made, accounted, counts]) => ({ ...made, ...accounted, ...counts }));

const interval = whole(fc.record({ intervalExponent: bits(32), intervalInteger: bits(32) }));

const general: fc.Arbitrary<log.GeneralStatisticsPage> = fc
  .tuple(
    whole(
      fc.record({
        readCommands: bits(53),
        writeCommands: bits(53),
        blocksReceived: bits(53),
        blocksTransmitted: bits(53),
        readIntervals: bits(53),
        writeIntervals: bits(53),
        weightedCommands: bits(53),
        weightedIntervals: bits(53),
      }),
    ),
    some({ idleIntervals: bits(53) }),
    interval,
    whole(
      fc.record({
        readFuaCommands: bits(53),
        writeFuaCommands: bits(53),
        readFuaNvCommands: bits(53),
        writeFuaNvCommands: bits(53),
        readFuaIntervals: bits(53),
        writeFuaIntervals: bits(53),
        readFuaNvIntervals: bits(53),
        writeFuaNvIntervals: bits(53),
      }),
    ),
  )
  .map(([access, idle, time, fua]) => ({ ...access, ...idle, ...time, ...fua }));

const cache: fc.Arbitrary<log.CacheMemoryStatisticsPage> = fc
  .tuple(
    some({
      readHits: bits(53),
      reads: bits(53),
      writeHits: bits(53),
      writes: bits(53),
      intervalsSinceHardReset: bits(53),
    }),
    interval,
  )
  .map(([counts, time]) => ({ ...counts, ...time }));

const transitions: fc.Arbitrary<log.PowerConditionTransitionsPage> = some({
  toActive: bits(32),
  toIdleA: bits(32),
  toIdleB: bits(32),
  toIdleC: bits(32),
  toStandbyZ: bits(32),
  toStandbyY: bits(32),
});

const exceptions: fc.Arbitrary<log.InformationalExceptionsPage> = whole(
  fc.record({ asc: bits(8), ascq: bits(8), temperature: bits(8) }),
);

const resources: fc.Arbitrary<readonly log.ProvisioningResource[]> = fc
  .subarray([
    'available mapping',
    'used mapping',
    'available percentage',
    'de-duplicated',
    'compressed',
    'total efficiency',
  ] as const)
  .chain((kinds) =>
    fc.tuple(
      ...kinds.map((resource) =>
        fc.record({
          resource: fc.constant(resource),
          count: bits(resource === 'available percentage' ? 16 : 32),
          scope: bits(2),
        }),
      ),
    ),
  );

const report = (
  sensor: 'temperature' | 'humidity',
  number: number,
): fc.Arbitrary<log.EnvironmentalReport> => {
  const value = fc.integer(sensor === 'humidity' ? { min: 0, max: 100 } : { min: -127, max: 127 });
  return fc.record(
    {
      sensor: fc.constant(sensor),
      number: fc.constant(number),
      current: value,
      lifetimeMaximum: value,
      lifetimeMinimum: value,
      maximumSincePowerOn: value,
      minimumSincePowerOn: value,
    },
    { requiredKeys: ['sensor', 'number'] },
  );
};

const sensors = fc
  .uniqueArray(bits(8), { maxLength: 4 })
  .map((numbers) => numbers.sort((a, b) => a - b));

const reports: fc.Arbitrary<readonly log.EnvironmentalReport[]> = fc
  .tuple(sensors, sensors)
  .chain(([temperatures, humidities]) =>
    fc.tuple(
      ...temperatures.map((number) => report('temperature', number)),
      ...humidities.map((number) => report('humidity', number)),
    ),
  );

const clients: fc.Arbitrary<readonly log.ApplicationClientParameter[]> = fc.array(
  fc.record({ code: bits(12), data: fc.uint8Array({ minLength: 252, maxLength: 252 }) }),
  { maxLength: 4 },
);

const results: fc.Arbitrary<readonly log.SelfTestResult[]> = fc.array(
  fc.record(
    {
      selfTestCode: bits(3),
      // A result that is all zero is none.
      result: fc.integer({ min: 1, max: 15 }),
      segment: bits(8),
      powerOnHours: bits(16),
      firstFailure: bits(53),
      senseKey: bits(4),
      asc: bits(8),
      ascq: bits(8),
    },
    {
      requiredKeys: [
        'selfTestCode',
        'result',
        'segment',
        'powerOnHours',
        'senseKey',
        'asc',
        'ascq',
      ],
    },
  ),
  { maxLength: 20 },
);

const scan: fc.Arbitrary<log.BackgroundScanPage> = fc.record(
  {
    status: fc.record({
      powerOnMinutes: bits(32),
      status: bits(8),
      scansPerformed: bits(16),
      progress: bits(16),
      mediumScansPerformed: bits(16),
    }),
    errors: fc.array(
      fc.record({
        code: fc.integer({ min: 1, max: 0x800 }),
        powerOnMinutes: bits(32),
        reassignStatus: bits(4),
        senseKey: bits(4),
        asc: bits(8),
        ascq: bits(8),
        lba: bits(53),
      }),
      { maxLength: 5 },
    ),
  },
  { requiredKeys: ['errors'] },
);

const defects: fc.Arbitrary<log.PendingDefectsPage> = fc.record({
  count: bits(32),
  defects: fc.array(fc.record({ powerOnHours: bits(32), lba: bits(53) }), { maxLength: 8 }),
});

const ports: fc.Arbitrary<readonly log.ProtocolSpecificPort[]> = fc.array(
  fc.record({ relativePortId: fc.integer({ min: 1, max: 0xffff }), protocol: bits(4) }),
  { maxLength: 4 },
);

const page = <T>(
  name: string,
  [pageCode, subpage]: readonly [pageCode: number, subpage: number],
  arbitrary: fc.Arbitrary<T>,
  encode: (page: T, options?: log.LogEncodeOptions) => Uint8Array,
  decode: (bytes: Uint8Array) => T | undefined,
): { name: string; roundTrip: () => void; anyBytes: () => void; otherPage: () => void } => ({
  name,
  roundTrip: () => {
    fc.assert(
      fc.property(
        arbitrary,
        fc.boolean(),
        fc.boolean(),
        fc.uint8Array({ maxLength: 6 }),
        (value, disableSave, targetSaveDisable, after) => {
          const coded = encode(value, { disableSave, targetSaveDisable });
          const first = (disableSave ? 0x80 : 0) | (subpage === 0 ? 0 : 0x40) | pageCode;
          expect([coded[0], coded[1]]).toEqual([first, subpage]);
          expect((coded[2]! << 8) | coded[3]!).toBe(coded.length - 4);
          expect(decode(coded)).toEqual(value);
          expect(decode(Uint8Array.of(...coded, ...after))).toEqual(value);
          const found = log.decodeLogPage(coded);
          expect(found?.truncatedAt).toBeUndefined();
          for (const parameter of found?.parameters ?? [])
            expect(parameter.targetSaveDisable).toBe(targetSaveDisable);
        },
      ),
    );
  },
  anyBytes: () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), arbitrary, fc.nat(200), (any, value, cut) => {
        decode(any);
        decode(Uint8Array.of(pageCode | 0x40, subpage, 0, any.length, ...any));
        decode(Uint8Array.of(pageCode, subpage, 0, any.length, ...any));
        decode(encode(value).subarray(0, cut));
      }),
      { numRuns: 300 },
    );
  },
  otherPage: () => {
    fc.assert(
      fc.property(arbitrary, bits(6), bits(8), (value, other, otherSubpage) => {
        const coded = encode(value);
        coded[0] = (coded[0]! & 0xc0) | other;
        expect(decode(coded) !== undefined).toBe(other === pageCode);
        const withSubpage = encode(value);
        withSubpage[0] = withSubpage[0]! | 0x40;
        withSubpage[1] = otherSubpage;
        expect(decode(withSubpage) !== undefined).toBe(otherSubpage === subpage);
      }),
    );
    expect(decode(new Uint8Array(3))).toBeUndefined();
  },
});

describe.each([
  page('02h', [0x02, 0], counters, log.encodeWriteErrorCounters, log.decodeWriteErrorCounters),
  page('03h', [0x03, 0], counters, log.encodeReadErrorCounters, log.decodeReadErrorCounters),
  page('05h', [0x05, 0], counters, log.encodeVerifyErrorCounters, log.decodeVerifyErrorCounters),
  page(
    '0Ch',
    [0x0c, 0],
    resources,
    log.encodeLogicalBlockProvisioning,
    log.decodeLogicalBlockProvisioning,
  ),
  page('0Dh', [0x0d, 0], temperature, log.encodeTemperature, log.decodeTemperature),
  page(
    '0Dh/01h',
    [0x0d, 1],
    reports,
    log.encodeEnvironmentalReporting,
    log.decodeEnvironmentalReporting,
  ),
  page(
    '0Eh',
    [0x0e, 0],
    startStop,
    log.encodeStartStopCycleCounter,
    log.decodeStartStopCycleCounter,
  ),
  page('0Fh', [0x0f, 0], clients, log.encodeApplicationClient, log.decodeApplicationClient),
  page('10h', [0x10, 0], results, log.encodeSelfTestResults, log.decodeSelfTestResults),
  page('15h', [0x15, 0], scan, log.encodeBackgroundScan, log.decodeBackgroundScan),
  page('15h/01h', [0x15, 1], defects, log.encodePendingDefects, log.decodePendingDefects),
  page('18h', [0x18, 0], ports, log.encodeProtocolSpecificPort, log.decodeProtocolSpecificPort),
  page('19h', [0x19, 0], general, log.encodeGeneralStatistics, log.decodeGeneralStatistics),
  page(
    '19h/20h',
    [0x19, 0x20],
    cache,
    log.encodeCacheMemoryStatistics,
    log.decodeCacheMemoryStatistics,
  ),
  page(
    '1Ah',
    [0x1a, 0],
    transitions,
    log.encodePowerConditionTransitions,
    log.decodePowerConditionTransitions,
  ),
  page(
    '2Fh',
    [0x2f, 0],
    exceptions,
    log.encodeInformationalExceptions,
    log.decodeInformationalExceptions,
  ),
])('$name', ({ roundTrip, anyBytes, otherPage }) => {
  test('what is encoded decodes to itself', roundTrip);
  test('any bytes decode without throwing', anyBytes);
  test('another page is not it', otherPage);
});

test('lists of supported pages and subpages decode to themselves, ascending and each once', () => {
  const address = fc.record({ pageCode: bits(6), subpage: bits(8) });
  fc.assert(
    fc.property(fc.array(bits(6)), fc.array(address), bits(6), (codes, pages, code) => {
      const sorted = [...new Set(codes)].sort((a, b) => a - b);
      expect(log.decodeSupportedLogPages(log.encodeSupportedLogPages(codes))).toEqual(sorted);
      const coded = log.encodeSupportedLogSubpages(pages, code);
      const keys = log
        .decodeSupportedLogSubpages(coded, code)
        ?.map(({ pageCode, subpage }) => pageCode * 256 + subpage);
      const wanted = pages
        .filter(({ pageCode }) => code === 0 || pageCode === code)
        .map(({ pageCode, subpage }) => pageCode * 256 + subpage);
      expect(keys).toEqual([...new Set(wanted)].sort((a, b) => a - b));
    }),
  );
});

test('any bytes decode as lists of supported pages without throwing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), bits(8), (any, length) => {
      log.decodeSupportedLogPages(Uint8Array.of(0, 0, 0, length, ...any));
      log.decodeSupportedLogSubpages(Uint8Array.of(0x40, 0xff, 0, length, ...any));
      log.decodeSupportedLogSubpages(any);
    }),
  );
});
