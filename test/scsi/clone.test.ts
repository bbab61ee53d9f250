import { describe, expect, it } from 'vitest';
import { BackendError } from '../../src/backend/backend.ts';
import {
  CSCD_SELF,
  decodeRodTokenInformation,
  encodePopulateTokenList,
  encodeWriteUsingTokenList,
  type BlockToBlock,
  type CopyList,
} from '../../src/cdb/index.ts';
import { decodeSense } from '../../src/sense/index.ts';
import { scriptedBackend, type ScriptRule } from '../../src/testing/scripted-backend.ts';
import { copyBench, extendedCopy, numbered } from './copy-bench.ts';
import { be, settle } from './disk-under-test.ts';

/** Two disks that can clone from each other, watched and scripted. */
function pair(script: readonly ScriptRule[] = [], otherBlockLength = 512) {
  const disks = [
    scriptedBackend(numbered(64, 0), script),
    scriptedBackend(numbered(64, 128, otherBlockLength), script),
  ] as const;
  const at = copyBench({ backend: disks[0] }, { backend: disks[1] });
  /** EXTENDED COPY to LUN 0, from the second disk unless told otherwise. */
  const copy = (segment: Partial<BlockToBlock>) => {
    const cscds = [at.cscd(0), at.cscd(1)] as CopyList['cscds'];
    const blocks = {
      type: 'block to block',
      source: 1,
      destination: CSCD_SELF,
      ...segment,
    } as const;
    return extendedCopy({ cscds, segments: [blocks] });
  };
  const did = (disk: 0 | 1): string[] => disks[disk].calls.map(({ op, lba }) => `${op} ${lba}`);
  return { at, copy, did, disks };
}

/** A token for the first six blocks of the first disk. */
function madeToken({ at }: ReturnType<typeof pair>): Uint8Array {
  const out = encodePopulateTokenList({ ranges: [{ lba: 0, blocks: 6 }] });
  expect(at.send(`83 10 00000000 00000007 ${be(out.length, 4)} 00 00`, { out }).status).toBe(0);
  return decodeRodTokenInformation(at.send(`84 07 00000007 00000000 00001000 00 00`).data)!;
}

/** Writes one block of a token over the first one of the first disk. */
function writeUsing({ at }: ReturnType<typeof pair>, token: Uint8Array, offsetIntoRod = 0) {
  const out = encodeWriteUsingTokenList({
    token,
    offsetIntoRod,
    ranges: [{ lba: 0, blocks: 1 }],
  });
  return at.send(`83 11 00000000 00000008 ${be(out.length, 4)} 00 00`, { out });
}

describe('a ROD token', () => {
  it('is not revoked by a clone that the backend declines', () => {
    const disk = pair();
    // Another place in the page: it is read and written.
    expect(writeUsing(disk, madeToken(disk), 5).status).toBe(0);
    expect(disk.did(0)).toEqual(['clone 0', 'read 5', 'write 0']);
    expect(disk.at.block(0, 0)[0]).toBe(5);
  });

  it.each<[string, ScriptRule[]]>([
    ['done', []],
    [
      'begun, and fails',
      [{ op: 'clone', action: { fail: new BackendError('hardware', 'Broken.') } }],
    ],
  ])('is revoked by a clone that is %s', (_, script) => {
    const disk = pair(script);
    const token = madeToken(disk);
    const [cdb, how] = disk.copy({ sourceLba: 3, destinationLba: 3, blocks: 2 });
    disk.at.send(cdb, how);
    expect(writeUsing(disk, token).sense!.subarray(12, 14)).toEqual(Uint8Array.of(0x23, 0x06));
  });
});

describe('a copy between backends that can clone', () => {
  it('moves no bytes', () => {
    const { at, copy, did } = pair();
    const [cdb, how] = copy({ sourceLba: 3, destinationLba: 3, blocks: 2 });
    expect(at.send(cdb, how).status).toBe(0);
    expect([did(0), did(1)]).toEqual([['clone 3'], []]);
    expect([2, 3, 4, 5].map((lba) => at.block(0, lba)[0])).toEqual([2, 131, 132, 5]);
  });

  it('reads and writes where the backend says that it cannot', () => {
    const { at, copy, did } = pair();
    const [cdb, how] = copy({ sourceLba: 3, destinationLba: 4, blocks: 2 });
    expect(at.send(cdb, how).status).toBe(0);
    expect([did(0), did(1)]).toEqual([['clone 4', 'write 4'], ['read 3']]);
    expect(at.block(0, 4)[0]).toBe(131);
  });

  it.each([
    {
      what: 'ranges that overlap',
      segment: { source: CSCD_SELF, sourceLba: 3, destinationLba: 4 },
      blockLength: 512,
    },
    { what: 'blocks of another length', segment: {}, blockLength: 4096 },
  ])('does not ask it for $what', ({ segment, blockLength }) => {
    const { at, copy, did } = pair([], blockLength);
    const [cdb, how] = copy({ blocks: 8, ...segment });
    expect(at.send(cdb, how).status).toBe(0);
    expect(did(0).filter((call) => call.startsWith('clone'))).toEqual([]);
  });

  it('tells which block of the source is bad', () => {
    const { at, copy, did } = pair();
    const wrUncor = `9f 51 ${be(4, 8)} 0000 0000 00 00`; // WRITE LONG(16), WR_UNCOR, LBA 4
    expect(at.send(wrUncor, { lun: 1 }).status).toBe(0);
    const [cdb, how] = copy({ sourceLba: 3, destinationLba: 3, blocks: 2 });
    const { key, asc } = decodeSense(at.send(cdb, how).sense!)!;
    expect([key, asc]).toEqual([0xa, 0x0d]);
    expect(did(0)).toEqual([]);
    expect(at.block(0, 3)[0]).toBe(3);
  });

  it('fails at its destination when the clone fails', () => {
    const full = new BackendError('space', 'no room', { lba: 3 });
    const { at, copy } = pair([{ op: 'clone', action: { fail: full } }]);
    const [cdb, how] = copy({ sourceLba: 3, destinationLba: 3, blocks: 2 });
    const { key, asc, ascq } = decodeSense(at.send(cdb, how).sense!)!;
    expect([key, asc, ascq]).toEqual([0xa, 0x0d, 0x01]);
    expect(at.block(0, 3)[0]).toBe(3);
  });

  it('keeps writes to both ends waiting until the clone has ended', async () => {
    const { at, copy, disks, did } = pair([{ op: 'clone', action: 'hold' }]);
    const [cdb, how] = copy({ sourceLba: 3, destinationLba: 3, blocks: 2 });
    const copied = at.sendAsync(cdb, how);
    const out = new Uint8Array(512).fill(0xee);
    const writes = [0, 1].map((lun) => at.sendAsync('2a 00 00000004 00 0001 00', { lun, out }));
    await settle();
    expect(did(0)).toEqual(['clone 3']);
    expect(did(1)).toEqual([]);
    await disks[0].proceedAll();
    expect((await copied)?.status).toBe(0);
    for (const write of writes) expect((await write)?.status).toBe(0);
    expect([at.block(0, 3)[0], at.block(0, 4)[0]]).toEqual([131, 0xee]);
  });
});
