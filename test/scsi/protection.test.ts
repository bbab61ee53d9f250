import { describe, expect, it } from 'vitest';
import { BackendError } from '../../src/backend/backend.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import type { ProtectionType } from '../../src/cdb/protection-information.ts';
import { scriptedBackend } from '../../src/testing/scripted-backend.ts';
import { be, bench, good, hex, refusal, type Bench } from './disk-under-test.ts';
import {
  block,
  joined,
  orwrite16,
  protectedDisk,
  read16,
  read32,
  sealed,
  UNWRITTEN,
  verify16,
  verify32,
  write16,
  write32,
  writeAndVerify16,
  writeAndVerify32,
  writeSame16,
  writeSame32,
  type Tags,
} from './protected-disk.ts';

const MULTI: readonly (1 | 2 | 3)[] = [1, 2, 3];

/** READ and WRITE of a type in the form that can move protection information. */
const forms = (type: ProtectionType, tags: Tags = { ref: 7 }) =>
  type === 2
    ? {
        read: (protect: number, lba = 7, blocks = 1) => read32(protect, lba, tags, blocks),
        write: (protect: number, lba = 7, blocks = 1) => write32(protect, lba, tags, blocks),
        verify: (protect: number, low = 0, blocks = 1) => verify32(protect, 7, tags, blocks, low),
        writeAndVerify: (protect: number, low = 0) => writeAndVerify32(protect, 7, tags, 1, low),
        writeSame: (protect: number, low = 0, blocks = 1) =>
          writeSame32(protect, 7, tags, blocks, low),
      }
    : {
        read: (protect: number, lba = 7, blocks = 1) => read16(protect, lba, blocks),
        write: (protect: number, lba = 7, blocks = 1) => write16(protect, lba, blocks),
        verify: (protect: number, low = 0, blocks = 1) => verify16(protect, 7, blocks, low),
        writeAndVerify: (protect: number, low = 0) => writeAndVerify16(protect, 7, 1, low),
        writeSame: (protect: number, low = 0, blocks = 1) => writeSame16(protect, 7, blocks, low),
      };

/** What block 7 holds, read without any check. */
const stored = ({ send }: Bench, type: ProtectionType): Uint8Array =>
  send(forms(type).read(3)).data;

/** Puts a block there whatever is wrong with it. */
const plant = ({ send }: Bench, type: ProtectionType, bytes: Uint8Array): void => {
  expect(send(forms(type).write(3), { out: bytes })).toEqual(good('', 520));
};

const WRONG_GUARD = sealed(0xa5, 0x1234, 7, 0xdead);
const WRONG_TAG = sealed(0xa5, 0x1234, 8);
const RIGHT = sealed(0xa5, 0x1234, 7);

/** A difference that VERIFY finds in block 7. */
const differs = (codes: string) => refusal(codes, { information: 7 }, 520);

/** COMPARE AND WRITE of block 7 and those behind it. */
const compareAndWrite = (protect: number, blocks = 1) =>
  `89 ${be(protect << 5, 1)} ${be(7, 8)} 000000 ${be(blocks, 1)} 00 00`;

const both = (a: Uint8Array, b: Uint8Array) => ({ out: joined(a, b) });

/** What a 32-byte form expects of block 7. */
const expecting = (app: number, mask: number): Tags => ({ ref: 7, app, mask });

/** A descriptor of WRITE SCATTERED(32) for one block. */
const scatteredRange = (lba: number, ref: number) =>
  `${be(lba, 8)} ${be(1, 4)} ${be(ref, 4)} 1200 ff00 ${be(0, 12)}`;

describe.each(MULTI)('a medium with type %i protection', (type) => {
  const { read, write, verify, writeAndVerify, writeSame } = forms(type);

  it.each([1, 2, 3, 4, 5])('gives back what it was given, with code %i', (protect) => {
    const { send } = protectedDisk(type);
    expect(send(write(protect), { out: RIGHT })).toEqual(good('', 520));
    expect(send(read(protect))).toEqual(good(RIGHT));
    expect(send(read(0))).toEqual(good(block(0xa5)));
    expect(send('28 00 00000007 00 0001 00')).toEqual(good(block(0xa5)));
  });

  it('makes protection information where the blocks came without', () => {
    const disk = protectedDisk(type);
    expect(disk.send(write16(0, 7), { out: block(0xa5) })).toEqual(good('', 512));
    expect(stored(disk, type)).toEqual(sealed(0xa5, 0xffff, type === 1 ? 7 : 0xffff_ffff));
    expect(disk.send('0a 000007 01 00', { out: block(0x5a) })).toEqual(good('', 512)); // WRITE(6)
    expect(stored(disk, type)).toEqual(sealed(0x5a, 0xffff, type === 1 ? 7 : 0xffff_ffff));
    expect(disk.send('08 000007 01 00')).toEqual(good(block(0x5a))); // READ(6)
  });

  it('has FFh for protection information where nothing was written, or it was unmapped', () => {
    const disk = protectedDisk(type);
    expect(disk.send(read(1))).toEqual(good(UNWRITTEN));
    plant(disk, type, RIGHT);
    const list = `0016 0010 00000000 ${be(7, 8)} ${be(1, 4)} 00000000`;
    expect(disk.send('42 00 00000000 00 0018 00', { out: hex(list) }).status).toBe(0);
    expect(disk.send(read(1))).toEqual(good(UNWRITTEN));
  });

  it.each([1, 4, 5])('checks the guard of what is written with code %i', (protect) => {
    const disk = protectedDisk(type);
    const answer = disk.send(write(protect), { out: WRONG_GUARD });
    expect(answer).toEqual(refusal('B/10/01', { information: 7 }, 520));
    expect(stored(disk, type)).toEqual(UNWRITTEN);
    expect(disk.send(write(protect), { out: RIGHT }).status).toBe(0);
  });

  it.each([0, 1, 4, 5])('checks the guard of what is read with code %i', (protect) => {
    const disk = protectedDisk(type);
    plant(disk, type, WRONG_GUARD);
    expect(disk.send(read(protect))).toEqual(refusal('B/10/01', { information: 7 }));
    expect(disk.send(verify(protect))).toEqual(refusal('B/10/01', { information: 7 }));
    expect(stored(disk, type)).toEqual(WRONG_GUARD);
  });

  it.each([2, 3])('does not check the guard with code %i', (protect) => {
    const { send } = protectedDisk(type);
    expect(send(write(protect), { out: WRONG_GUARD })).toEqual(good('', 520));
    expect(send(read(protect))).toEqual(good(WRONG_GUARD));
    expect(send(verify(protect))).toEqual(good());
    expect(send(writeAndVerify(protect, 2), { out: WRONG_GUARD })).toEqual(good('', 520));
  });

  it.each([0, 1, 2, 5])('checks the reference tag with code %i, but for type 3', (protect) => {
    const disk = protectedDisk(type);
    const refused = refusal('B/10/03', { information: 7 });
    if (protect > 0) {
      const answer = disk.send(write(protect), { out: WRONG_TAG });
      expect(answer).toEqual(type === 3 ? good('', 520) : { ...refused, dataOutLength: 520 });
      if (type !== 3) expect(stored(disk, type)).toEqual(UNWRITTEN);
    }
    plant(disk, type, WRONG_TAG);
    const plain = protect === 0 ? block(0xa5) : WRONG_TAG;
    expect(disk.send(read(protect))).toEqual(type === 3 ? good(plain) : refused);
    expect(disk.send(verify(protect))).toEqual(type === 3 ? good() : refused);
  });

  it.each([3, 4])('does not check the reference tag with code %i', (protect) => {
    const { send } = protectedDisk(type);
    expect(send(write(protect), { out: WRONG_TAG })).toEqual(good('', 520));
    expect(send(read(protect))).toEqual(good(WRONG_TAG));
    expect(send(verify(protect))).toEqual(good());
  });

  it('checks nothing where the tags say so', () => {
    const { send } = protectedDisk(type);
    const free = sealed(0xa5, 0xffff, type === 3 ? 0xffff_ffff : 99, 0xdead);
    expect(send(write(1), { out: free })).toEqual(good('', 520));
    expect(send(read(1))).toEqual(good(free));
    const almost = type === 3 ? sealed(0xa5, 0xffff, 99, 0xdead) : WRONG_GUARD;
    expect(send(write(1), { out: almost })).toEqual(refusal('B/10/01', { information: 7 }, 520));
  });

  it('names the first of several blocks that fails', () => {
    const { send } = protectedDisk(type);
    const out = joined(RIGHT, sealed(1, 0, 8), sealed(2, 0, 9, 1), sealed(3, 0, 10, 1));
    const refused = refusal('B/10/01', { information: 9 }, 4 * 520);
    expect(send(write(1, 7, 4), { out })).toEqual(refused);
    expect(send(read(3, 7, 4))).toEqual(good(joined(UNWRITTEN, UNWRITTEN, UNWRITTEN, UNWRITTEN)));
  });

  it.each([6, 7])('refuses code %i, which is reserved', (protect) => {
    const { send } = protectedDisk(type);
    const at = type === 2 ? 10 : 1;
    for (const cdb of [read(protect), write(protect), verify(protect), writeSame(protect)])
      expect(send(cdb, { out: RIGHT })).toEqual(refusal('5/24/00', { cdb: [at, 7] }));
  });

  it('writes the whole blocks of data-out that ends early, and refuses one that is cut off', () => {
    const { send } = protectedDisk(type);
    const two = joined(RIGHT, sealed(1, 0, 8));
    expect(send(write(1, 7, 3), { out: two }).status).toBe(0);
    expect(send(read(1, 7, 2))).toEqual(good(two));
    expect(send(write(1, 7, 3), { out: two.subarray(0, 1024) })).toEqual(
      refusal('5/0E/03', {}, 3 * 520),
    );
  });

  it('compares what VERIFY sends with what it finds, field by field', () => {
    const disk = protectedDisk(type);
    plant(disk, type, RIGHT);
    const compare = (protect: number, out: Uint8Array) => disk.send(verify(protect, 2), { out });
    for (const protect of [1, 2, 3, 4, 5]) expect(compare(protect, RIGHT)).toEqual(good('', 520));
    for (const protect of [3, 5]) {
      expect(compare(protect, sealed(0xa5, 0x1235, 7))).toEqual(differs('E/10/02'));
      expect(compare(protect, sealed(0xa6, 0x1234, 7))).toEqual(differs('E/1D/00'));
    }
    expect(compare(3, WRONG_GUARD)).toEqual(differs('E/10/01'));
    expect(compare(2, WRONG_GUARD)).toEqual(good('', 520));
    expect(compare(3, WRONG_TAG)).toEqual(type === 3 ? good('', 520) : differs('E/10/03'));
    // What is sent is checked first.
    expect(compare(1, WRONG_GUARD)).toEqual(differs('B/10/01'));
    expect(compare(5, WRONG_TAG)).toEqual(differs(type === 3 ? 'E/10/03' : 'B/10/03'));
    expect(disk.send(verify(0, 2), { out: block(0xa5) })).toEqual(good('', 512));
    expect(disk.send(verify(0, 2), { out: block(0xa6) })).toEqual(
      refusal('E/1D/00', { information: 7 }, 512),
    );
  });

  it('compares every block with one that is sent, its reference tag counting up but for type 3', () => {
    const disk = protectedDisk(type);
    const ref = (i: number): number => (type === 3 ? 7 : 7 + i);
    const out = joined(...[0, 1, 2].map((i) => sealed(0xa5, 1, ref(i))));
    disk.send(write(1, 7, 3), { out });
    expect(disk.send(verify(5, 6, 3), { out: sealed(0xa5, 1, 7) })).toEqual(good('', 520));
    disk.send(write(3, 9, 1), { out: sealed(0xa5, 1, 77) });
    expect(disk.send(verify(5, 6, 3), { out: sealed(0xa5, 1, 7) })).toEqual(
      refusal('E/10/03', { information: 9 }, 520),
    );
  });

  it('checks what it finds where VERIFY compares without protection information', () => {
    const disk = protectedDisk(type);
    plant(disk, type, WRONG_GUARD);
    expect(disk.send(verify(0, 2), { out: block(0xa5) })).toEqual(
      refusal('B/10/01', { information: 7 }, 512),
    );
    expect(disk.send(verify(3, 2), { out: WRONG_GUARD })).toEqual(good('', 520));
  });

  it.each([0, 2])('verifies what WRITE AND VERIFY wrote, BYTCHK in bits %i', (low) => {
    const disk = protectedDisk(type);
    expect(disk.send(writeAndVerify(1, low), { out: RIGHT })).toEqual(good('', 520));
    expect(stored(disk, type)).toEqual(RIGHT);
    expect(disk.send(writeAndVerify(1, low), { out: WRONG_GUARD })).toEqual(
      refusal('B/10/01', { information: 7 }, 520),
    );
    expect(stored(disk, type)).toEqual(RIGHT);
    expect(disk.send(writeAndVerify(0, low), { out: block(1) })).toEqual(good('', 512));
  });

  it('writes one block to many, its reference tag counting up but for type 3', () => {
    const { send } = protectedDisk(type);
    expect(send(writeSame(1, 0, 3), { out: RIGHT })).toEqual(good('', 520));
    const ref = (i: number): number => (type === 3 ? 7 : 7 + i);
    const blocks = [0, 1, 2].map((i) => sealed(0xa5, 0x1234, ref(i)));
    expect(send(read(1, 7, 3))).toEqual(good(joined(...blocks)));
    expect(send(writeSame(1, 0, 2), { out: WRONG_GUARD })).toEqual(
      refusal('B/10/01', { information: 7 }, 520),
    );
    expect(send(read(1, 7, 3))).toEqual(good(joined(...blocks)));
    // Protection information of FFh is written as it is.
    const free = sealed(0xa6, 0xffff, 0xffff_ffff, 0xffff);
    expect(send(writeSame(1, 0, 2), { out: free })).toEqual(good('', 520));
    expect(send(read(3, 7, 2))).toEqual(good(joined(free, free)));
    expect(send(writeSame(0, 0, 2), { out: block(1) })).toEqual(good('', 512));
    const own = (i: number): Uint8Array => sealed(1, 0xffff, type === 1 ? 7 + i : 0xffff_ffff);
    expect(send(read(3, 7, 2))).toEqual(good(joined(own(0), own(1))));
  });

  it('unmaps with WRITE SAME only what then reads the same', () => {
    const disk = protectedDisk(type);
    const UNMAP = 0x08;
    plant(disk, type, RIGHT);
    expect(disk.send(writeSame(3, UNMAP), { out: sealed(0, 1, 7) })).toEqual(good('', 520));
    expect(stored(disk, type)).toEqual(sealed(0, 1, 7));
    expect(disk.send(writeSame(0, UNMAP), { out: block(0) })).toEqual(good('', 512));
    expect(stored(disk, type)).toEqual(UNWRITTEN);
    plant(disk, type, RIGHT);
    expect(disk.send(writeSame(3, UNMAP), { out: UNWRITTEN })).toEqual(good('', 520));
    expect(stored(disk, type)).toEqual(UNWRITTEN);
  });

  it('has FFh for protection information where WRITE SAME had no block', () => {
    const NDOB = 0x01;
    for (const protect of [0, 1]) {
      const disk = protectedDisk(type);
      plant(disk, type, RIGHT);
      expect(disk.send(writeSame(protect, NDOB))).toEqual(good());
      expect(stored(disk, type)).toEqual(UNWRITTEN);
    }
  });

  it('checks what READ and VERIFY find without being told, unless DPICZ is set', () => {
    const disk = protectedDisk(type);
    plant(disk, type, WRONG_GUARD);
    disk.unit.modeValues.change({
      control: { ...disk.unit.mode.control, disableProtectionCheckIfZero: true },
    });
    expect(disk.send(read(0))).toEqual(good(block(0xa5)));
    expect(disk.send(verify(0))).toEqual(good());
    expect(disk.send(read(1))).toEqual(refusal('B/10/01', { information: 7 }));
  });

  it('keeps the protection information of a block that is reassigned, and none where it is bad', () => {
    const disk = protectedDisk(type);
    plant(disk, type, WRONG_GUARD);
    const list = { out: hex(`0000 0004 ${be(7, 4)}`) };
    expect(disk.send('07 00 0000 00 00', list).status).toBe(0);
    expect(stored(disk, type)).toEqual(WRONG_GUARD);
    disk.send('3f 40 00000007 00 0000 00'); // WRITE LONG(10), WR_UNCOR
    expect(disk.send('07 00 0000 00 00', list).status).toBe(0);
    expect(stored(disk, type)).toEqual(UNWRITTEN);
  });

  it('tells of a backend that cannot read protection information', () => {
    const failure = new BackendError('medium', 'a scratch', { lba: 7 });
    const backend = scriptedBackend(memoryBackend({ blocks: 64 }), [
      { op: 'readProtection', lba: 7, action: { fail: failure } },
    ]);
    const { send } = protectedDisk(type, { backend });
    expect(send(read(0))).toEqual(refusal('3/11/00', { information: 7 }));
    expect(send(read(0, 8)).status).toBe(0);
  });
});

describe('type 1 protection', () => {
  const { read, write } = forms(1);

  it('has no 32-byte forms that expect tags', () => {
    const { send } = protectedDisk(1);
    for (const cdb of [read32(1, 7), verify32(1, 7), write32(1, 7), writeSame32(1, 7)])
      expect(send(cdb)).toEqual(refusal('5/20/00', { cdb: [0] }));
  });

  it('has the low 32 bits of a large LBA for reference tag', () => {
    const lba = 2 ** 33 + 5;
    const { send } = bench({ backend: memoryBackend({ blocks: 2 ** 40 }), protectionType: 1 });
    expect(send(write(1, lba), { out: sealed(1, 0, 5) })).toEqual(good('', 520));
    expect(send(write(0, lba), { out: block(1) })).toEqual(good('', 512));
    expect(send(read(1, lba))).toEqual(good(sealed(1, 0xffff, 5)));
  });

  it('checks both halves of COMPARE AND WRITE, and compares the data alone', () => {
    const disk = protectedDisk(1);
    plant(disk, 1, RIGHT);
    const [next, other] = [sealed(0x5a, 2, 7), sealed(0xa5, 9, 7)];
    expect(disk.send(compareAndWrite(1), both(other, next))).toEqual(good('', 1040));
    expect(stored(disk, 1)).toEqual(next);
    for (const halves of [both(WRONG_GUARD, next), both(next, WRONG_GUARD)])
      expect(disk.send(compareAndWrite(1), halves)).toEqual(
        refusal('B/10/01', { information: 7 }, 1040),
      );
    expect(disk.send(compareAndWrite(3), both(other, next))).toEqual(
      refusal('E/1D/00', { information: 0 }, 1040),
    );
    expect(stored(disk, 1)).toEqual(next);
    disk.send(write(3, 8), { out: sealed(0, 0, 8) });
    const two = joined(next, sealed(1, 0, 8));
    // The first byte of the second block, behind the 8 bytes of the first.
    expect(disk.send(compareAndWrite(1, 2), both(two, two))).toEqual(
      refusal('E/1D/00', { information: 520 }, 4 * 520),
    );
    expect(disk.send(compareAndWrite(0), both(block(0x5a), block(1)))).toEqual(good('', 1024));
    expect(stored(disk, 1)).toEqual(sealed(1, 0xffff, 7));
    plant(disk, 1, WRONG_GUARD);
    expect(disk.send(compareAndWrite(0), both(block(0xa5), block(1)))).toEqual(
      refusal('B/10/01', { information: 7 }, 1024),
    );
    expect(stored(disk, 1)).toEqual(WRONG_GUARD);
  });

  it('checks what ORWRITE is sent and what it finds, and seals the outcome with the tags that were sent', () => {
    const disk = protectedDisk(1);
    plant(disk, 1, sealed(0x0f, 1, 7));
    expect(disk.send(orwrite16(1, 7), { out: sealed(0xa0, 2, 7) })).toEqual(good('', 520));
    expect(stored(disk, 1)).toEqual(sealed(0xaf, 2, 7));
    expect(disk.send(orwrite16(1, 7), { out: WRONG_GUARD })).toEqual(
      refusal('B/10/01', { information: 7 }, 520),
    );
    expect(disk.send(orwrite16(0, 7), { out: block(0x10) })).toEqual(good('', 512));
    expect(stored(disk, 1)).toEqual(sealed(0xbf, 0xffff, 7));
    plant(disk, 1, WRONG_GUARD);
    for (const [protect, out] of [[0, block(1)] as const, [1, RIGHT] as const])
      expect(disk.send(orwrite16(protect, 7), { out })).toEqual(
        refusal('B/10/01', { information: 7 }, out.length),
      );
    expect(stored(disk, 1)).toEqual(WRONG_GUARD);
  });

  it('checks every range of WRITE SCATTERED before it writes the first', () => {
    const { send } = protectedDisk(1);
    const ranges = [
      `${be(7, 8)} ${be(1, 4)} ${be(0, 20)}`,
      `${be(20, 8)} ${be(1, 4)} ${be(0, 20)}`,
    ];
    const list = joined(hex(`${be(0, 32)} ${ranges.join('')}`), new Uint8Array(520 - 96));
    const cdb = `9f 12 20 00 0001 0000 0002 ${be(3, 4)} 00 00`;
    const wrong = joined(list, sealed(1, 0, 7), sealed(2, 0, 21));
    expect(send(cdb, { out: wrong })).toEqual(refusal('B/10/03', { information: 20 }, 3 * 520));
    expect(send(read(3, 7))).toEqual(good(UNWRITTEN));
    const right = joined(list, sealed(1, 0, 7), sealed(2, 0, 20));
    expect(send(cdb, { out: right })).toEqual(good('', 3 * 520));
    expect(send(read(1, 20))).toEqual(good(sealed(2, 0, 20)));
  });

  it('checks what WRITE ATOMIC is sent', () => {
    const disk = protectedDisk(1);
    const cdb = `9c 20 ${be(7, 8)} 0000 0001 00 00`;
    expect(disk.send(cdb, { out: WRONG_TAG })).toEqual(refusal('B/10/03', { information: 7 }, 520));
    expect(stored(disk, 1)).toEqual(UNWRITTEN);
    expect(disk.send(cdb, { out: RIGHT })).toEqual(good('', 520));
    expect(stored(disk, 1)).toEqual(RIGHT);
  });

  it('seals what WRITE LONG writes', () => {
    const disk = protectedDisk(1);
    expect(disk.send('3f 00 00000007 00 0200 00', { out: block(3) }).status).toBe(0);
    expect(stored(disk, 1)).toEqual(sealed(3, 0xffff, 7));
  });
});

describe('type 2 protection', () => {
  it('moves protection information with the 32-byte forms only', () => {
    const { send } = protectedDisk(2);
    const cdbs = [
      '28 20 00000007 00 0001 00', // READ(10)
      '2a 20 00000007 00 0001 00', // WRITE(10)
      '2f 20 00000007 00 0001 00', // VERIFY(10)
      '41 20 00000007 00 0001 00', // WRITE SAME(10)
      'a8 20 00000007 00000001 00 00', // READ(12)
      read16(1, 7),
      write16(1, 7),
      verify16(1, 7),
      writeAndVerify16(1, 7),
      writeSame16(1, 7),
      orwrite16(1, 7),
      `89 20 ${be(7, 8)} 000000 01 00 00`, // COMPARE AND WRITE
      `9c 20 ${be(7, 8)} 0000 0001 00 00`, // WRITE ATOMIC
      `9f 12 20 00 0001 0000 0001 ${be(2, 4)} 00 00`, // WRITE SCATTERED(16)
      `7f 00 00000000 00 18 000e 20 00 ${be(7, 8)} ${be(0, 8)} ${be(1, 4)}`, // ORWRITE(32)
    ];
    for (const cdb of cdbs)
      expect(send(cdb, { out: RIGHT })).toEqual(refusal('5/20/00', { cdb: [0] }));
    expect(send(read16(0, 7))).toEqual(good(block(0)));
  });

  it('counts reference tags from the one that is expected first, through 2^32', () => {
    const { send } = protectedDisk(2);
    const out = joined(sealed(1, 0, 0xffff_ffff), sealed(2, 0, 0));
    const tags = { ref: 0xffff_ffff };
    expect(send(write32(1, 30, tags, 2), { out })).toEqual(good('', 1040));
    expect(send(read32(1, 30, tags, 2))).toEqual(good(out));
    expect(send(read32(1, 31, { ref: 0 }))).toEqual(good(sealed(2, 0, 0)));
    expect(send(read32(1, 31, { ref: 1 }))).toEqual(refusal('B/10/03', { information: 31 }));
    // Which tag it has to be is not known without the 32-byte form.
    expect(send(read16(0, 30, 2))).toEqual(good(joined(block(1), block(2))));
  });

  it('checks the bits of the application tag that the mask names', () => {
    const { send } = protectedDisk(2);
    expect(send(write32(1, 7, expecting(0x1200, 0xff00)), { out: RIGHT })).toEqual(good('', 520));
    expect(send(write32(1, 7, expecting(0x1200, 0xffff)), { out: RIGHT })).toEqual(
      refusal('B/10/02', { information: 7 }, 520),
    );
    for (const protect of [0, 1, 2, 5]) {
      const wrong = refusal('B/10/02', { information: 7 });
      expect(send(read32(protect, 7, expecting(0x1235, 0x0001)))).toEqual(wrong);
      expect(send(verify32(protect, 7, expecting(0x1235, 0x0001)))).toEqual(wrong);
    }
    for (const protect of [3, 4])
      expect(send(read32(protect, 7, expecting(0x1235, 0x0001)))).toEqual(good(RIGHT));
  });

  it('takes the tags that WRITE SCATTERED(32) expects from its descriptors', () => {
    const { send } = protectedDisk(2);
    const scattered = (...blocks: Uint8Array[]) => ({
      out: joined(
        hex(`${be(0, 32)} ${scatteredRange(7, 70)} ${scatteredRange(9, 90)}`),
        new Uint8Array(520 - 96),
        ...blocks,
      ),
    });
    const cdb = `7f 00 00000000 00 18 0011 20 00 0001 0000 0002 ${be(0, 10)} ${be(3, 4)}`;
    expect(send(cdb, scattered(sealed(1, 0x1234, 70), sealed(2, 0x1234, 91)))).toEqual(
      refusal('B/10/03', { information: 9 }, 3 * 520),
    );
    expect(send(cdb, scattered(sealed(1, 0x1334, 70), sealed(2, 0x1234, 90)))).toEqual(
      refusal('B/10/02', { information: 7 }, 3 * 520),
    );
    expect(send(read32(3, 7))).toEqual(good(UNWRITTEN));
    expect(send(cdb, scattered(sealed(1, 0x1234, 70), sealed(2, 0x1256, 90)))).toEqual(
      good('', 3 * 520),
    );
    expect(send(read32(1, 9, { ref: 90 }))).toEqual(good(sealed(2, 0x1256, 90)));
  });

  it('has the 32-byte forms in REPORT SUPPORTED OPERATION CODES, which no other type has', () => {
    for (const type of [0, 1, 2, 3] as const) {
      const { send } = protectedDisk(type);
      const { data } = send('a3 0c 03 7f 0009 00000200 00 00');
      expect((data[1] ?? 0) & 7).toBe(type === 2 ? 3 : 1);
    }
  });
});

describe('a disk that can have protection information', () => {
  it('says so in INQUIRY, and what it checks in VPD page 86h', () => {
    const { send } = protectedDisk(0);
    expect((send('12 00 00 0024 00').data[5] ?? 0) & 1).toBe(1); // PROTECT
    const { data } = send('12 01 86 0040 00');
    expect(data[4]).toBe(0x3f); // SPT types 1 to 3, GRD_CHK, APP_CHK, REF_CHK
    expect((data[7] ?? 0) & 0x20).toBe(0x20); // NO_PI_CHK
    const plain = bench();
    expect((plain.send('12 00 00 0024 00').data[5] ?? 0) & 1).toBe(0);
    expect(plain.send('12 01 86 0040 00').data[4]).toBe(0);
  });

  it.each([
    [0, 0x00],
    [1, 0x01],
    [2, 0x03],
    [3, 0x05],
  ] as const)('says in READ CAPACITY(16) that it has type %i', (type, byte) => {
    const { data } = protectedDisk(type).send(`9e 10 ${be(0, 8)} ${be(32, 4)} 00 00`);
    expect(data.subarray(8, 14)).toEqual(hex(`00000200 ${be(byte, 1)} 00`)); // 512, P_TYPE PROT_EN
  });

  it('refuses to move any with type 0, or where there can be none', () => {
    for (const { send } of [protectedDisk(0), bench()]) {
      const at = { cdb: [1, 7] } as const;
      for (const protect of [1, 5, 7])
        for (const cdb of [read16, write16, verify16, writeAndVerify16, writeSame16, orwrite16])
          expect(send(cdb(protect, 7), { out: RIGHT })).toEqual(refusal('5/24/00', at));
      expect(send(write16(0, 7), { out: block(1) })).toEqual(good('', 512));
    }
  });

  it('needs a backend that keeps it', () => {
    const backend = { blockLength: 512, blocks: 8, read() {}, write() {} };
    for (const protectionType of [0, 1] as const)
      expect(() => bench({ backend, protectionType })).toThrow(
        new RangeError('protectionType: this backend keeps no protection information'),
      );
    expect(() => protectedDisk(4 as ProtectionType)).toThrow(RangeError);
  });
});
