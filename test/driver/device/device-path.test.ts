import { describe, expect, it } from 'vitest';
import { devicePath } from '../../../driver/device/device-path.ts';

const raw = String.raw;

describe('devicePath', () => {
  const path = (name: string) =>
    devicePath(name, (id) => (id === raw`root\winspd` ? [raw`\Device\0000003f`] : []));

  it.each([
    [raw`root\winspd`, raw`\\?\GLOBALROOT\Device\0000003f`],
    [raw`\Device\0000003f`, raw`\\?\GLOBALROOT\Device\0000003f`],
    [raw`\\?\GLOBALROOT\Device\x`, raw`\\?\GLOBALROOT\Device\x`],
    [raw`\\.\Scsi2:`, raw`\\.\Scsi2:`],
    ['Scsi2:', raw`\\?\Scsi2:`],
  ])('of %s is %s', (name, expected) => {
    expect(path(name)).toBe(expected);
  });

  it('of a hardware id that nothing has is an error that says what to do', () => {
    expect(() => path('*none')).toThrow("Windows has no device '*none': install WinSpd");
  });
});
