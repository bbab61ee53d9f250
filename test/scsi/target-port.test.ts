import { describe, expect, it } from 'vitest';
import { Target } from '../../src/scsi/target.ts';
import { bench, good, refusal, answerOf, hex } from './disk-under-test.ts';
import { manualClock } from '../../src/testing/manual-clock.ts';
import type { Nexus } from '../../src/scsi/nexus.ts';

const TEST_UNIT_READY = '00 00 00 00 00 00';

/** What TEST UNIT READY gives. */
async function ready(nexus: Nexus): Promise<unknown> {
  return answerOf(await nexus.execute({ lun: 0, tag: 1, cdb: hex(TEST_UNIT_READY) }));
}

const target = (): Target => new Target({ clock: manualClock() });

describe('a port of a device', () => {
  it('gets the next free relative port identifier, from 1 on', () => {
    const device = target();
    device.addPort({ relativePortId: 2 });
    const ids = [device.addPort(), device.addPort()].map(({ relativePortId }) => relativePortId);
    expect(ids).toEqual([1, 3]);
  });

  it('is refused where its relative port identifier is taken', () => {
    const device = target();
    device.addPort({ relativePortId: 7 });
    expect(() => device.addPort({ relativePortId: 7 })).toThrow(/relativePortId: 7 is taken/);
  });

  it.each([
    { relativePortId: 0 },
    { relativePortId: 0x1_0000 },
    { relativePortId: 1.5 },
    { protocol: 16 },
    { protocol: -1 },
    { portGroup: 0x1_0000 },
    { portGroup: -1 },
    { protocol: 5, name: 'x'.repeat(252) },
    { protocol: 5, name: 'a\0b' },
    { protocol: 5, deviceName: 'ä'.repeat(126) },
  ])('is refused where a name or number has no code: %o', (options) => {
    expect(() => target().addPort(options)).toThrow(RangeError);
  });

  it('is among the ports of the device, by relative port identifier', () => {
    const device = target();
    const late = device.addPort({ relativePortId: 9 });
    const early = device.addPort({ relativePortId: 4 });
    expect(device.ports).toEqual([early, late]);
  });

  it('is in target port group 1 unless told otherwise', () => {
    expect([target().addPort().portGroup, target().addPort({ portGroup: 9 }).portGroup]).toEqual([
      1, 9,
    ]);
  });
});

describe('a nexus', () => {
  it('is the same for the same initiator', () => {
    const port = target().addPort();
    expect(port.nexus('a')).toBe(port.nexus('a'));
    expect(port.nexus('a')).not.toBe(port.nexus('b'));
  });

  it('is another one through another port', () => {
    const device = target();
    expect(device.addPort().nexus('a')).not.toBe(device.addPort().nexus('a'));
  });

  it('is told of the power on first', async () => {
    const { stranger } = bench();
    const nexus = stranger('new');
    expect(await ready(nexus)).toEqual(refusal('6/29/00'));
    expect(await ready(nexus)).toEqual(good());
  });

  it('outlives its session: it is told of the nexus loss, not of a power on', async () => {
    const { initiator, stranger } = bench();
    await initiator('guest').lost();
    const again = stranger('guest');
    expect(await ready(again)).toEqual(refusal('6/29/07'));
    expect(await ready(again)).toEqual(good());
  });

  it('is remembered by the port while 1023 others come and go', async () => {
    const { initiator, stranger } = bench();
    const guest = initiator('guest');
    await guest.lost();
    for (let n = 0; n < 1022; n++) await stranger(`passer-by ${n}`).lost();
    expect(stranger('guest')).toBe(guest);
  });

  it('is in use until the last of its sessions has ended', async () => {
    const { stranger } = bench();
    const nexus = stranger('twice');
    expect(stranger('twice')).toBe(nexus);
    await nexus.lost();
    for (let n = 0; n < 1024; n++) await stranger(`passer-by ${n}`).lost();
    expect(stranger('twice')).toBe(nexus);
  });

  it('is forgotten by the port, the one unused for longest first, where there are more than 1024', async () => {
    const { initiator, stranger } = bench();
    const guest = initiator('guest');
    await guest.lost();
    for (let n = 0; n < 1024; n++) await stranger(`passer-by ${n}`).lost();
    const again = stranger('guest');
    expect(again).not.toBe(guest);
    expect(await ready(again)).toEqual(refusal('6/29/00'));
  });

  it('is never forgotten while its session lasts', async () => {
    const { initiator, stranger } = bench();
    const guest = initiator('guest');
    for (let n = 0; n < 2000; n++) await stranger(`passer-by ${n}`).lost();
    expect(stranger('guest')).toBe(guest);
    expect(await ready(guest)).toEqual(good());
  });

  it('that is forgotten takes its unit attentions along', async () => {
    const { unit, initiator, stranger } = bench();
    const guest = initiator('guest');
    await guest.lost();
    for (let n = 0; n < 1024; n++) await stranger(`passer-by ${n}`).lost();
    unit.establish({ key: 6, asc: 0x2a, ascq: 0x09 }, (nexus) => {
      expect(nexus).not.toBe(guest);
      return false;
    });
  });
});
