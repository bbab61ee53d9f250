import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { LogicalUnit } from '../../src/scsi/logical-unit.ts';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import type { LogicalUnitOptions } from '../../src/scsi/unit-options.ts';
import { unitSettings } from '../../src/scsi/unit-settings.ts';
import { memory } from './disk-under-test.ts';

/** A backend that can nothing but read and write. */
const plain = (more: Partial<Backend> = {}): Backend => ({
  blockLength: 512,
  blocks: 8,
  read: () => undefined,
  write: () => undefined,
  ...more,
});

const settings = (options: Partial<LogicalUnitOptions> = {}) =>
  unitSettings({ backend: memory(), ...options });

describe('an option out of range', () => {
  const cases: readonly (readonly [keyof LogicalUnitOptions, readonly unknown[]])[] = [
    ['vendor', ['', 'NINECHARS', 'Ä', 'a\tb']],
    ['product', ['', 'x'.repeat(17), 'naïve', 'a\0']],
    ['revision', ['', '12345', '\u007f']],
    ['serial', ['', 'x'.repeat(65), 'ß']],
    ['lowestAlignedLba', [-1, 0x4000, 1.5]],
    ['rotationRate', [-1, 2, 1024, 0xffff, 1.5, Number.NaN]],
    ['maxTransferLength', [0, 511, 2 ** 32, 1024.5]],
    ['maxUnmapBlocks', [0, 2 ** 32, -1]],
    ['maxUnmapDescriptors', [0, 4096, 0.5]],
    ['sanitizeRate', [-1, 0.5, 2 ** 53, Number.POSITIVE_INFINITY]],
    ['formatRate', [-1, 0.5, 2 ** 53, Number.NaN]],
    ['queueDepth', [0, -1, 1.5, Number.POSITIVE_INFINITY]],
    ['abortTimeout', [-1, 2 ** 31, Number.NaN]],
    ['physicalBlockLength', [0, 256, 513, 1536, 512 * 2 ** 16, -512, Number.NaN]],
    ['maxCompareAndWriteBlocks', [0, 256, 1.5]],
    ['maxWriteSameBlocks', [0, 2 ** 32, -1]],
    ['maxScatteredRanges', [0, 65_536, 0.5]],
    ['softThreshold', [0, 100, 50.5]],
    ['extendedSelfTestTime', [-1, 0xffff, 1.5]],
    ['transitionTime', [-1, 255_001, 0.5]],
    ['naa', [0n, 0x4000_0000_0000_0000n, 1n << 64n, 7n << 124n, 6n << 128n, -1n]],
  ];
  it.each(cases.flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    '%s %o is refused by name',
    (name, value) => {
      const make = (): unknown => new LogicalUnit(sbc, { backend: memory(), [name]: value });
      expect(make).toThrow(RangeError);
      expect(make).toThrow(new RegExp(`^${name === 'naa' ? 'NAA' : name}`, 'i'));
    },
  );

  it.each([
    ['blockLength', [0, 1, 256, 520, 131_072, -512, Number.NaN]],
    ['blocks', [0, -1, 1.5, 2 ** 53, Number.NaN]],
  ] as const)('%s of a backend is refused by name', (name, values) => {
    for (const value of values)
      expect(() => new LogicalUnit(sbc, { backend: plain({ [name]: value }) })).toThrow(
        new RegExp(`${name}: ${value} is not`),
      );
  });

  it('thin needs a backend that can unmap', () => {
    expect(() => unitSettings({ backend: plain(), thin: true })).toThrow(/^thin/);
  });

  it('readOnly: false needs a backend that can be written', () => {
    const options = { backend: plain({ readOnly: true }), readOnly: false };
    expect(() => unitSettings(options)).toThrow(/^readOnly/);
  });

  it('is refused although there is an NAA: a serial number that is too long', () => {
    const options = { backend: memory(), serial: 'x'.repeat(65), naa: 3n << 60n };
    expect(() => new LogicalUnit(sbc, options)).toThrow(/^serial/);
  });

  it.each([256, 513, 131_072, 0, Number.NaN])(
    'a backend with blocks of %d bytes is refused',
    (blockLength) => {
      expect(() => new LogicalUnit(sbc, { backend: plain({ blockLength }) })).toThrow(RangeError);
    },
  );

  it.each([0, -1, 1.5, 2 ** 53])('a backend of %d blocks is refused', (blocks) => {
    expect(() => new LogicalUnit(sbc, { backend: plain({ blocks }) })).toThrow(/^blocks/);
  });
});

describe('an option that is refused', () => {
  it('leaves the backend free for another unit', () => {
    const backend = memory();
    expect(() => new LogicalUnit(sbc, { backend, serial: '' })).toThrow(RangeError);
    expect(() => new LogicalUnit(sbc, { backend })).not.toThrow();
  });

  it('leaves the backend free where two commands share an operation code', () => {
    const backend = memory();
    const clash = { ...sbc, 'READ AGAIN': sbc.READ };
    expect(() => new LogicalUnit(clash, { backend })).toThrow(/28h|08h/);
    expect(() => new LogicalUnit(sbc, { backend })).not.toThrow();
  });
});

describe('a setting at its limit is taken:', () => {
  it.each([
    [{ vendor: 'EIGHTCHR' }, { vendor: 'EIGHTCHR' }],
    [{ product: 'SIXTEEN-LETTERS!' }, { product: 'SIXTEEN-LETTERS!' }],
    [{ revision: '0 ~9' }, { revision: '0 ~9' }],
    [{ lowestAlignedLba: 0x3fff }, { lowestAlignedLba: 0x3fff }],
    [{ rotationRate: 0 }, { rotationRate: 0 }],
    [{ rotationRate: 1025 }, { rotationRate: 1025 }],
    [{ rotationRate: 0xfffe }, { rotationRate: 0xfffe }],
    [{ maxTransferLength: 512 }, { maxTransferBlocks: 1 }],
    [{ maxTransferLength: 1535 }, { maxTransferBlocks: 2 }],
    [{ maxUnmapBlocks: 1 }, { maxUnmapBlocks: 1 }],
    [{ maxUnmapDescriptors: 4095 }, { maxUnmapDescriptors: 4095 }],
    [{ queueDepth: 1 }, { queueDepth: 1 }],
    [{ abortTimeout: 0 }, { abortTimeout: 0 }],
    [{ physicalBlockLength: 512 * 2 ** 15 }, { physicalBlockExponent: 15 }],
  ])('%o', (options, expected) => {
    expect(settings(options)).toMatchObject(expected);
  });
});

describe('a setting that is not told', () => {
  it('is thin where the backend can unmap', () => {
    expect(settings().thin).toBe(true);
    expect(unitSettings({ backend: plain() }).thin).toBe(false);
  });

  it('is write-protected where the backend is read-only', () => {
    expect(settings().readOnly).toBe(false);
    expect(unitSettings({ backend: plain({ readOnly: true }) }).readOnly).toBe(true);
  });

  it('is a write-back cache where the backend has something to flush', () => {
    expect(settings().writeBack).toBe(false);
    expect(unitSettings({ backend: plain({ flush: () => undefined }) }).writeBack).toBe(true);
  });

  it('is an unmap granularity of whatever is coarser, the backend or the physical block', () => {
    const backend = plain({ unmap: () => undefined, unmapGranularity: 4 });
    const granularity = (physicalBlockLength: number): number =>
      unitSettings({ backend, physicalBlockLength }).unmapGranularity;
    expect([granularity(512), granularity(4096)]).toEqual([4, 8]);
  });

  it('is 32 MiB a command', () => {
    expect(settings().maxTransferBlocks).toBe(65_536);
  });
});

describe('UNMAP GRANULARITY ALIGNMENT', () => {
  const alignment = (unmapGranularity: number | undefined, lowestAlignedLba: number): number =>
    unitSettings({
      backend: plain({ unmap: () => undefined, ...(unmapGranularity && { unmapGranularity }) }),
      physicalBlockLength: 4096,
      lowestAlignedLba,
    }).unmapAlignment;

  it('is that of the physical blocks where they are what can be unmapped', () => {
    expect(alignment(undefined, 7)).toBe(7);
    expect(alignment(8, 11)).toBe(3);
  });

  it('is 0 where the backend frees more at once, which it counts from block 0', () => {
    expect(alignment(128, 7)).toBe(0);
  });
});
