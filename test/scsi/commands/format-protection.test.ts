import { describe, expect, it } from 'vitest';
import type { UnitState, UnitStore } from '../../../src/backend/unit-store.ts';
import type { ProtectionType } from '../../../src/cdb/protection-information.ts';
import { be, bench, good, hex, memory, refusal, type Bench } from '../disk-under-test.ts';
import {
  block,
  protectedDisk,
  read16,
  sealed,
  UNWRITTEN,
  write16,
  write32,
} from '../protected-disk.ts';

/** FORMAT UNIT with a parameter list. */
function format(information: number, usage: number, fast = 0, options = '00') {
  const out = hex(`${be(usage, 1)} ${options} 0000`);
  const cdb = `04 ${be((information << 6) | 0x10, 1)} 00 00 ${be(fast, 1)} 00`;
  return [cdb, { out, dataOutLength: 4 }] as const;
}

/** FORMAT UNIT that makes a medium of a type. */
const formatTo = (type: number, fast = 0, options = '00') =>
  format([0, 2, 3, 3][type] ?? 0, type === 3 ? 1 : 0, fast, options);

/** PROT_EN and P_TYPE of READ CAPACITY(16). */
const typeOf = ({ send }: Bench): ProtectionType => {
  const byte = send(`9e 10 ${be(0, 8)} ${be(32, 4)} 00 00`).data[12] ?? 0;
  return (byte & 1 ? (byte >> 1) + 1 : 0) as ProtectionType;
};

const RIGHT = sealed(0xa5, 1, 7);

describe.each([true, false])('FORMAT UNIT of a disk that is thin: %s', (thin) => {
  const TYPES = [0, 1, 2, 3] as const;
  it.each(TYPES.flatMap((from) => TYPES.map((to) => [from, to] as const)))(
    'makes type %i one of type %i, with protection information of FFh',
    (from, to) => {
      const disk = protectedDisk(from, { thin });
      disk.send(from === 2 ? write32(3, 7) : write16(from === 0 ? 0 : 3, 7), {
        out: from === 0 ? block(1) : RIGHT,
      });
      expect(disk.send(...formatTo(to))).toEqual(good('', 4));
      expect(typeOf(disk)).toBe(to);
      expect(disk.send(read16(0, 7))).toEqual(good(block(0)));
      if (to === 1 || to === 3) expect(disk.send(read16(1, 7))).toEqual(good(UNWRITTEN));
    },
  );

  it('without a parameter list makes types 0, 1 and 2', () => {
    const disk = protectedDisk(3, { thin });
    for (const [cdb, type] of [
      ['04 80 00 00 00 00', 1],
      ['04 c0 00 00 00 00', 2],
      ['04 00 00 00 00 00', 0],
    ] as const) {
      expect(disk.send(cdb)).toEqual(good());
      expect(typeOf(disk)).toBe(type);
    }
  });

  it('with a pattern writes that, and FFh for protection information', () => {
    const disk = protectedDisk(1, { thin });
    disk.send(write16(1, 7), { out: RIGHT });
    // FOV and IP; pattern type 01h, repeat; 1 byte
    const out = hex('00 88 0000 00 01 0001 3c');
    expect(disk.send('04 90 00 00 00 00', { out, dataOutLength: 9 })).toEqual(good('', 9));
    expect(disk.send(read16(1, 7))).toEqual(good(sealed(0x3c, 0xffff, 0xffff_ffff, 0xffff)));
  });

  it.each([1, 2])('with FFMT %i keeps what it leaves alone, and its type', (fast) => {
    const disk = protectedDisk(1, { thin });
    disk.send(write16(1, 7), { out: RIGHT });
    for (const to of [0, 2, 3] as const) {
      if (thin) continue;
      expect(disk.send(...formatTo(to, fast))).toEqual(refusal('5/24/09', {}, 4));
      expect(typeOf(disk)).toBe(1);
    }
    expect(disk.send(...formatTo(1, fast))).toEqual(good('', 4));
    expect(disk.send(read16(1, 7))).toEqual(good(thin ? UNWRITTEN : RIGHT));
    if (!thin) return;
    expect(disk.send(...formatTo(3, fast))).toEqual(good('', 4));
    expect(typeOf(disk)).toBe(3);
  });
});

describe('FORMAT UNIT with protection information', () => {
  it('refuses FMTPINFO that is reserved, or that the disk cannot do', () => {
    const where = { cdb: [1, 7] } as const;
    expect(protectedDisk(1).send('04 40 00 00 00 00')).toEqual(refusal('5/24/00', where));
    for (const information of ['40', '80', 'c0'])
      expect(bench().send(`04 ${information} 00 00 00 00`)).toEqual(refusal('5/24/00', where));
  });

  it.each([
    [0, 1],
    [0, 7],
    [2, 1],
    [3, 2],
    [3, 7],
  ])('refuses FMTPINFO %i with PROTECTION FIELD USAGE %i', (information, usage) => {
    const disk = protectedDisk(1);
    disk.send(write16(1, 7), { out: RIGHT });
    expect(disk.send(...format(information, usage))).toEqual(
      refusal('5/26/00', { list: [0, 2] }, 4),
    );
    expect(disk.send(read16(1, 7))).toEqual(good(RIGHT));
  });

  it.each([
    ['P_I_INFORMATION', '10', [3, 7]],
    ['PROTECTION INTERVAL EXPONENT', '01', [3, 3]],
  ] as const)('refuses %s', (_, byte3, list) => {
    const disk = protectedDisk(1);
    const out = hex(`00 00 00 ${byte3} 00000000`);
    const answer = disk.send('04 f0 00 00 00 00', { out, dataOutLength: 8 });
    expect(answer).toEqual(refusal('5/26/00', { list }, 8));
    expect(typeOf(disk)).toBe(1);
  });

  it('tells the others that the capacity data has changed, when the type has', () => {
    const disk = protectedDisk(1);
    const other = disk.initiator('other');
    const attentions = (): number[] =>
      [0, 1].map(() => disk.send('00 00 00 00 00 00', { from: other }).sense?.[12] ?? 0);
    disk.send(...formatTo(1));
    expect(attentions()).toEqual([0x28, 0]); // NOT READY TO READY CHANGE
    disk.send(...formatTo(3));
    expect(new Set(attentions())).toEqual(new Set([0x28, 0x2a])); // and CAPACITY DATA HAS CHANGED
    expect(disk.send('00 00 00 00 00 00')).toEqual(good());
  });

  it('has the new type when it is done, and not before', () => {
    const disk = protectedDisk(1, { formatRate: 64 * 512 });
    const list = formatTo(3, 0, '02'); // IMMED
    expect(disk.send(...list)).toEqual(good('', 4));
    disk.clock.advance(500);
    expect(disk.unit.protection.type).toBe(1);
    disk.clock.advance(1000);
    expect(typeOf(disk)).toBe(3);
  });

  it('is remembered by the unit store, through a restart in the middle too', async () => {
    let state: UnitState | undefined;
    const store: UnitStore = {
      load: () => state,
      save: (saved) => void (state = JSON.parse(JSON.stringify(saved)) as UnitState),
    };
    const inner = memory(64);
    const start = (): Bench => {
      const backend = { ...inner, blocks: 64, blockLength: 512, id: 'kept' };
      for (const name of ['read', 'write', 'readProtection', 'unmap'] as const)
        Object.assign(backend, { [name]: inner[name].bind(inner) });
      return bench({ backend, store, protectionType: 1, formatRate: 64 * 512 });
    };
    const before = start();
    const TEST_UNIT_READY = '00 00 00 00 00 00';
    await before.sendAsync(TEST_UNIT_READY);
    expect(await before.sendAsync(...formatTo(3, 0, '02'))).toEqual(good('', 4));
    before.clock.advance(500);
    await before.unit.close();
    const during = start();
    expect((await during.sendAsync(TEST_UNIT_READY))?.sense?.[12]).toBe(0x04); // FORMAT IN PROGRESS
    expect(during.unit.protection.type).toBe(1);
    during.clock.advance(1000);
    expect(during.unit.protection.type).toBe(3);
    await during.unit.close();
    const after = start();
    await after.sendAsync(TEST_UNIT_READY);
    expect(typeOf(after)).toBe(3);
    await after.unit.close();
    state = { ...state, protection: { type: 4 } };
    const damaged = start();
    await damaged.sendAsync(TEST_UNIT_READY);
    expect(damaged.errors).toEqual([expect.any(TypeError)]);
  });
});

describe('SANITIZE', () => {
  it.each([
    ['OVERWRITE', '48 01 0000000000 0005 00', hex('01 00 0001 3c'), 0x3c],
    ['BLOCK ERASE', '48 02 0000000000 0000 00', undefined, 0],
  ] as const)('%s leaves protection information of FFh', (_, cdb, out, fill) => {
    for (const thin of [true, false]) {
      const disk = protectedDisk(1, { thin });
      disk.send(write16(1, 7), { out: RIGHT });
      expect(disk.send(cdb, out === undefined ? {} : { out }).status).toBe(0);
      expect(disk.send(read16(1, 7))).toEqual(good(sealed(fill, 0xffff, 0xffff_ffff, 0xffff)));
    }
  });
});
