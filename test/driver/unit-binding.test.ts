import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeUnmapDescriptors,
  GOOD_STATUS,
  type StorageUnitStatus,
  type TransactRequest,
} from '../../driver/protocol/index.ts';
import { UnitBinding } from '../../driver/unit-binding.ts';
import { splitUnmap } from '../../driver/unmap-split.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { BackendError, type Backend } from '../../src/backend/backend.ts';
import { joinChunks } from '../../src/bytes.ts';
import { createDisk, type DiskOptions } from '../../src/create-disk.ts';
import { Target } from '../../src/scsi/target.ts';
import { manualClock } from '../../src/testing/manual-clock.ts';
import { HeldBackend } from '../scsi/held-backend.ts';

const EMPTY = new Uint8Array(0);
const hint = 1n;

function bound(options: Partial<DiskOptions> = {}) {
  const clock = manualClock();
  const backend: Backend = options.backend ?? memoryBackend({ blocks: 64 });
  const target = new Target({ clock });
  const unit = createDisk({ ...options, backend });
  target.luns.add(0, unit);
  const port = target.addPort();
  const binding = new UnitBinding(port.nexus('windows'), { lun: 0, clock });
  const send = async (request: TransactRequest, data: Uint8Array = EMPTY) => {
    const { status, data: chunks, release } = await binding.execute(request, data);
    const read = Uint8Array.from(joinChunks(chunks));
    release?.();
    return { status, read };
  };
  return { send, binding, backend, unit, target, clock, other: port.nexus('other') };
}

const read = (blockAddress: number, blockCount: number): TransactRequest => ({
  hint,
  kind: 'Read',
  blockAddress,
  blockCount,
  forceUnitAccess: false,
});
const write = (blockAddress: number, blockCount: number, forceUnitAccess = false) =>
  ({ hint, kind: 'Write', blockAddress, blockCount, forceUnitAccess }) as const;
const flush = (blockAddress: number, blockCount: number) =>
  ({ hint, kind: 'Flush', blockAddress, blockCount }) as const;
const unmap = (count: number) => ({ hint, kind: 'Unmap', count }) as const;

/** CHECK CONDITION; `codes` is key/ASC/ASCQ in hexadecimal. */
function check(codes: string, information?: number): StorageUnitStatus {
  const [senseKey = 0, asc = 0, ascq = 0] = codes
    .split('/')
    .map((code) => Number.parseInt(code, 16));
  const informationValid = information !== undefined;
  return { scsiStatus: 2, senseKey, asc, ascq, information: information ?? 0, informationValid };
}

const nothing = { read: EMPTY };
const filled = (blocks: number, value: number) => new Uint8Array(512 * blocks).fill(value);
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the four kinds of request', () => {
  it('write and read blocks', async () => {
    const { send } = bound();
    expect(await send(write(7, 2), filled(2, 0xa5))).toEqual({ status: GOOD_STATUS, ...nothing });
    expect(await send(read(6, 3))).toEqual({
      status: GOOD_STATUS,
      read: Uint8Array.from([...filled(1, 0), ...filled(2, 0xa5)]),
    });
  });

  it('of no blocks are done', async () => {
    const { send } = bound();
    expect(await send(read(0, 0))).toEqual({ status: GOOD_STATUS, ...nothing });
    expect(await send(write(0, 0))).toEqual({ status: GOOD_STATUS, ...nothing });
    expect(await send(unmap(0))).toEqual({ status: GOOD_STATUS, ...nothing });
  });

  it('pass on FUA, and flush', async () => {
    const backend = new HeldBackend();
    const { binding } = bound({ backend });
    void binding.execute(write(7, 2, true), filled(2, 1));
    expect(backend.pending).toEqual(['write 7+2 fua']);
    backend.finish();
    await turn();
    void binding.execute(flush(0, 0), EMPTY);
    expect(backend.pending).toEqual(['flush']);
    backend.finish();
  });

  it('unmap every range', async () => {
    const { send } = bound();
    await send(write(0, 64), filled(64, 1));
    const list = encodeUnmapDescriptors([
      { blockAddress: 7, blockCount: 1 },
      { blockAddress: 6, blockCount: 2 },
      { blockAddress: 63, blockCount: 1 },
    ]);
    expect(await send(unmap(3), list)).toEqual({ status: GOOD_STATUS, ...nothing });
    const { read: blocks } = await send(read(0, 64));
    const zeros = [...Array(64).keys()].filter((block) => blocks[block * 512] === 0);
    expect(zeros).toEqual([6, 7, 63]);
  });

  it('more ranges than one command may have', async () => {
    const { send } = bound({ maxUnmapDescriptors: 2, maxUnmapBlocks: 3 });
    await send(write(0, 64), filled(64, 1));
    const ranges = [10, 20, 30, 40, 50].map((blockAddress) => ({ blockAddress, blockCount: 4 }));
    expect(await send(unmap(5), encodeUnmapDescriptors(ranges))).toMatchObject({
      status: GOOD_STATUS,
    });
    const { read: blocks } = await send(read(0, 64));
    const zeros = [...Array(64).keys()].filter((block) => blocks[block * 512] === 0);
    expect(zeros).toHaveLength(20);
  });

  it('are no others', async () => {
    const { send } = bound();
    const answer = { status: check('5/20/00'), ...nothing };
    expect(await send({ hint, kind: 'Unknown', code: 5 })).toEqual(answer);
  });
});

describe('errors', () => {
  it('past the end have the first block that is not there', async () => {
    const { send } = bound();
    const answer = { status: check('5/21/00', 64), ...nothing };
    expect(await send(read(62, 3))).toEqual(answer);
    expect(await send(write(62, 3), filled(3, 1))).toEqual(answer);
    expect((await send(read(2 ** 63, 1))).status).toMatchObject({ senseKey: 5, asc: 0x21 });
  });

  it('of an unmap leave all as it was, also where it is more than one command', async () => {
    const { send } = bound({ maxUnmapDescriptors: 1 });
    await send(write(0, 1), filled(1, 1));
    const list = encodeUnmapDescriptors([
      { blockAddress: 0, blockCount: 1 },
      { blockAddress: 60, blockCount: 5 },
    ]);
    expect((await send(unmap(2), list)).status).toMatchObject({ senseKey: 5, asc: 0x21 });
    expect((await send(read(0, 1))).read).toEqual(filled(1, 1));
  });

  it('of a write-protected unit', async () => {
    const { send } = bound({ readOnly: true });
    expect(await send(write(0, 1), filled(1, 1))).toEqual({ status: check('7/27/00'), ...nothing });
    expect((await send(read(0, 1))).status).toEqual(GOOD_STATUS);
  });

  it('of the medium have their block', async () => {
    const backend = new HeldBackend(64);
    const { binding } = bound({ backend });
    const answer = binding.execute(read(7, 5), EMPTY);
    backend.fail(new BackendError('medium', 'a scratch', { lba: 9 }));
    expect((await answer).status).toEqual(check('3/11/00', 9));
  });

  it('of an unmap of a disk that is not thin', async () => {
    const { send } = bound({ thin: false });
    const list = encodeUnmapDescriptors([{ blockAddress: 0, blockCount: 1 }]);
    expect((await send(unmap(1), list)).status).toEqual(check('5/20/00'));
  });

  it('in descriptor format are the same', async () => {
    const { send } = bound({ descriptorSense: true });
    expect((await send(read(64, 1))).status).toEqual(check('5/21/00', 64));
  });
});

describe('what WinSpd cannot express', () => {
  it('unit attentions: the command is sent again', async () => {
    const { send, target } = bound();
    await send(read(0, 1));
    void target.luns.get(0)?.reset();
    expect((await send(read(0, 1))).status).toEqual(GOOD_STATUS);
  });

  it('TASK SET FULL: it is waited for', async () => {
    const backend = new HeldBackend();
    const { binding, clock, other } = bound({ backend, queueDepth: 1 });
    const cdb = Uint8Array.of(0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0);
    await other.execute({ lun: 0, tag: 1, cdb: new Uint8Array(6) }); // takes the unit attention
    void other.execute({ lun: 0, tag: 2, cdb });
    expect(backend.pending).toEqual(['read 0+1']);
    let status: StorageUnitStatus | undefined;
    void Promise.resolve(binding.execute(read(1, 1), EMPTY)).then((end) => (status = end.status));
    for (let ms = 0; ms < 40; ms++) {
      clock.advance(1);
      await turn();
    }
    expect(status).toBeUndefined();
    backend.finish();
    await turn();
    clock.advance(64);
    await turn();
    expect(backend.pending).toEqual(['read 1+1']);
    backend.finish();
    await turn();
    expect(status).toEqual(GOOD_STATUS);
  });

  it('unless it is closed: then the wait ends with the status', async () => {
    const backend = new HeldBackend();
    const { binding, other } = bound({ backend, queueDepth: 1 });
    const cdb = Uint8Array.of(0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0);
    await other.execute({ lun: 0, tag: 1, cdb: new Uint8Array(6) });
    void other.execute({ lun: 0, tag: 2, cdb });
    const waiting = binding.execute(read(1, 1), EMPTY);
    binding.close();
    expect((await waiting).status.scsiStatus).toBe(0x28);
    backend.finish();
  });

  it('an aborted task: ABORTED COMMAND', async () => {
    const backend = new HeldBackend();
    const { binding, other } = bound({ backend });
    const answer = binding.execute(read(0, 1), EMPTY);
    void other.manage({ function: 'CLEAR TASK SET', lun: 0 });
    backend.finish();
    expect((await answer).status).toEqual(check('b/00/00'));
  });

  it('a reservation of another: its status, and a sense that the miniport can pass on', async () => {
    const { send, other } = bound();
    await other.execute({ lun: 0, tag: 1, cdb: new Uint8Array(6) });
    const reserve = await other.execute({
      lun: 0,
      tag: 2,
      cdb: Uint8Array.of(0x16, 0, 0, 0, 0, 0),
    });
    expect(reserve?.status).toBe(0);
    expect((await send(read(0, 1))).status).toEqual({ ...check('5/20/02'), scsiStatus: 0x18 });
  });
});

const blocksOf = (list: readonly { readonly lba: number; readonly blocks: number }[]) =>
  list.flatMap(({ lba, blocks }) => Array.from({ length: blocks }, (_, i) => lba + i));

describe('an unmap that is cut', () => {
  it('has every block once, in order, within the limits', () => {
    const ranges = fc.array(fc.record({ lba: fc.nat(1000), blocks: fc.nat(100) }));
    const limits = fc.record({
      maxUnmapBlocks: fc.integer({ min: 1, max: 50 }),
      maxUnmapDescriptors: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(ranges, limits, (list, limit) => {
        const lists = splitUnmap(list, limit);
        expect(blocksOf(lists.flat())).toEqual(blocksOf(list));
        for (const piece of lists) {
          expect(piece.length).toBeLessThanOrEqual(limit.maxUnmapDescriptors);
          expect(blocksOf(piece).length).toBeLessThanOrEqual(limit.maxUnmapBlocks);
        }
      }),
    );
  });
});
