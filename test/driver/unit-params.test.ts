import { describe, expect, it } from 'vitest';
import { stableGuid, unitParams } from '../../driver/unit-params.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { createDisk } from '../../src/create-disk.ts';

const backend = () => memoryBackend({ blocks: 2048, id: 'a disk' });

const guid = (id: string) =>
  unitParams(createDisk({ backend: memoryBackend({ blocks: 1, id }) })).guid;

describe('what Windows is told of a unit', () => {
  it('is what the unit says of itself', () => {
    const unit = createDisk({ backend: backend(), product: 'RAM disk', revision: '1.0' });
    expect(unitParams(unit)).toEqual({
      guid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-/),
      blockCount: 2048,
      blockLength: 512,
      productId: 'RAM disk',
      productRevisionLevel: '1.0',
      deviceType: 0,
      writeProtected: false,
      cacheSupported: false,
      unmapSupported: true,
      ejectDisabled: false,
      maxTransferLength: 65_536,
    });
  });

  it('has the GUID at every start, and another for another disk', () => {
    expect(guid('a')).toBe(guid('a'));
    expect(guid('a')).not.toBe(guid('b'));
  });

  it('follows the flags of the unit', () => {
    const unit = createDisk({
      backend: backend(),
      readOnly: true,
      cache: 'write-back',
      thin: false,
    });
    const { writeProtected, cacheSupported, unmapSupported } = unitParams(unit);
    expect([writeProtected, cacheSupported, unmapSupported]).toEqual([true, true, false]);
  });

  it('may be said otherwise', () => {
    const named = '4aba6f3a-2e26-4b8f-9c25-9eaf0f1e4cac';
    const options = {
      guid: `{${named.toUpperCase()}}`,
      productId: 'Other',
      maxTransferLength: 4096,
    };
    expect(unitParams(createDisk({ backend: backend() }), options)).toMatchObject({
      ...options,
      guid: named,
    });
  });

  it.each([
    [{ guid: 'disk' }, /guid/],
    [{ maxTransferLength: 513 }, /maxTransferLength 513 is not a multiple/],
    [{ maxTransferLength: 2 ** 30 }, /more than the unit's/],
  ])('is refused where it cannot be: %j', (options, message) => {
    const unit = createDisk({ backend: backend() });
    expect(() => unitParams(unit, options)).toThrow(message);
  });
});

it('a stable GUID follows RFC 9562, version 5', () => {
  expect(stableGuid('disk')).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(stableGuid('disk')).not.toBe(stableGuid('disc'));
});
