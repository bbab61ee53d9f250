import { afterEach, describe, expect, it, vi } from 'vitest';
import { WINSPD_DEVICE } from '../../../driver/device/device-path.ts';
import { openMiniportWith } from '../../../driver/device/miniport.ts';
import {
  serveDevice,
  serveOn,
  type ServeDeviceOptions,
} from '../../../driver/device/serve-device.ts';
import { encodeTransactResult, IOCTL_CODE } from '../../../driver/protocol/ioctl.ts';
import type { TransactRequest } from '../../../driver/protocol/transact.ts';
import type { Backend } from '../../../src/backend/backend.ts';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { encodeCdb } from '../../../src/cdb/index.ts';
import { encodeUnmapList } from '../../../src/cdb/unmap.ts';
import { createDisk, type DiskOptions } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import { manualClock } from '../../../src/testing/manual-clock.ts';
import { HeldBackend } from '../../scsi/held-backend.ts';
import { FakeMiniport } from './fake-miniport.ts';

const BLOCK = 512;
const IO_DEVICE = 1117;

let ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  ends = [];
});

/** A disk of 1024 blocks that Windows has. */
async function serve(
  disk: Partial<DiskOptions> = {},
  options: ServeDeviceOptions = {},
  fake = new FakeMiniport(),
) {
  const backend: Backend = disk.backend ?? memoryBackend({ blocks: 1024, id: 'device' });
  const target = createTarget([createDisk({ ...disk, backend })]);
  const miniport = await openMiniportWith(fake.calls(), WINSPD_DEVICE);
  const served = await serveOn(miniport, target, { maxTransferLength: 8 * BLOCK, ...options });
  const stop = () => served.unit.shutdown();
  ends.push(async () => {
    const ended = stop().then(() => target.close()); // which flush
    if (backend instanceof HeldBackend) await finishAll(backend, ended);
    await ended;
  });
  const read = (lba: number, blocks: number) =>
    fake.command(served.btl, encodeCdb({ op: 'READ', cdbLength: 16, lba, blocks }), blocks * BLOCK);
  const write = (lba: number, data: Uint8Array) => {
    const blocks = data.length / BLOCK;
    return fake.command(served.btl, encodeCdb({ op: 'WRITE', cdbLength: 16, lba, blocks }), data);
  };
  const flush = () => {
    const cdb = encodeCdb({ op: 'SYNCHRONIZE CACHE', cdbLength: 10, lba: 0, blocks: 1024 });
    return fake.command(served.btl, cdb);
  };
  const unmap = (lba: number, blocks: number) => {
    const list = encodeUnmapList([{ lba, blocks }]);
    const cdb = encodeCdb({ op: 'UNMAP', parameterListLength: list.length });
    return fake.command(served.btl, cdb, list);
  };
  return { ...served, fake, target, backend, stop, read, write, flush, unmap };
}

const turn = () => new Promise((resolve) => setImmediate(resolve, 'going on'));

/** Finishes the calls of a backend until something is over. */
async function finishAll(held: HeldBackend, until: Promise<unknown>): Promise<void> {
  const over = until.catch(() => {});
  do while (held.calls.length > 0) held.finish();
  while ((await Promise.race([over, turn()])) === 'going on');
}

const filled = (blocks: number, value: number) => new Uint8Array(blocks * BLOCK).fill(value);

/** A memory disk that answers each call some turns of the event loop later, never in order. */
class LateBackend extends HeldBackend {
  #seed = 1;

  override async read(lba: number, into: Uint8Array): Promise<void> {
    await this.#later();
    this.memory.read(lba, into);
  }

  override async write(lba: number, from: Uint8Array): Promise<void> {
    await this.#later();
    this.memory.write(lba, from);
  }

  async #later(): Promise<void> {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    for (let turns = this.#seed % 9; turns > 0; turns--) await turn();
  }
}

describe('a disk on the miniport', () => {
  it('reads what was written, in pieces no longer than it said', async () => {
    const { read, write, backend } = await serve();
    const data = Uint8Array.from({ length: 21 * BLOCK }, (_, i) => i >> 7);
    expect(await write(100, data)).toMatchObject({ status: 0, moved: data.length });
    expect((await read(100, 21)).data).toEqual(data);
    const stored = new Uint8Array(21 * BLOCK);
    void backend.read(100, stored);
    expect(stored).toEqual(data);
  });

  it('flushes', async () => {
    const { write, flush, backend } = await serve({ backend: new HeldBackend(1024) });
    const held = backend as HeldBackend;
    const written = write(0, filled(1, 1));
    await vi.waitFor(() => held.finish('write 0+1'));
    await written;
    const flushed = flush();
    await vi.waitFor(() => held.finish('flush'));
    expect(await flushed).toMatchObject({ status: 0 });
  });

  it('unmaps', async () => {
    const { write, unmap, read } = await serve();
    await write(8, filled(8, 0xaa));
    expect(await unmap(8, 4)).toMatchObject({ status: 0 });
    const { data } = await read(8, 8);
    expect([data[0], data[4 * BLOCK]]).toEqual([0, 0xaa]);
  });

  it('is known by its GUID and its process', async () => {
    const { fake, unit, btl } = await serve();
    await using miniport = await openMiniportWith(fake.calls(7), WINSPD_DEVICE);
    const { guid } = unit.params;
    expect(await miniport.identity(btl)).toEqual({ guid, processId: 1 });
  });

  it('gets commands some time after it is there', async () => {
    const { fake, unit, btl } = await serve();
    await using miniport = await openMiniportWith(fake.calls(7), WINSPD_DEVICE);
    fake.hiddenCommands = 2;
    const clock = manualClock();
    const arrived = miniport.arrived(btl, { clock });
    for (const delay of [100, 300]) {
      await vi.waitFor(() => expect(clock.pending).toBe(1));
      clock.advance(delay);
    }
    expect(await arrived).toEqual({ guid: unit.params.guid, processId: 1 });
  });

  it('loses and mixes up nothing with 16 requests in flight that end in any order', async () => {
    const { read, write } = await serve({ backend: new LateBackend(1024) }, { fetches: 16 });
    const initiator = async (number: number): Promise<void> => {
      for (let round = 0; round < 8; round++) {
        const data = filled(20, 16 * round + number); // three pieces
        expect(await write(64 * number, data)).toMatchObject({ status: 0 });
        expect((await read(64 * number, 20)).data).toEqual(data);
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, number) => initiator(number)));
  });

  it('has as many requests in flight as it has fetches', async () => {
    const held = new HeldBackend(1024);
    const { read } = await serve({ backend: held }, { fetches: 3 });
    const reads = Promise.all([0, 10, 20, 30].map((lba) => read(lba, 1)));
    await vi.waitFor(() => expect(held.pending).toHaveLength(3));
    await finishAll(held, reads);
    expect(await reads).toHaveLength(4);
  });

  it('is shown as a drive some time after it is there', async () => {
    const fake = new FakeMiniport();
    fake.hiddenLooks = 3;
    const clock = manualClock();
    const { physicalDrive } = await serve({}, { clock }, fake);
    const shown = physicalDrive();
    for (const delay of [100, 300, 300]) {
      await vi.waitFor(() => expect(clock.pending).toBe(1));
      clock.advance(delay);
    }
    expect(await shown).toBe(1);
  });

  it('says that Windows does not show it', async () => {
    const fake = new FakeMiniport();
    fake.hiddenLooks = 99;
    const { physicalDrive } = await serve({}, {}, fake);
    expect(await physicalDrive({ timeout: 50 })).toBeUndefined();
  });
});

describe('requests that WinSpd would not send', () => {
  /** Gives the unit requests, and after them a read, which it has to answer. */
  async function survives(...requests: readonly TransactRequest[]) {
    const fake = new FakeMiniport();
    fake.malformed.push(...requests.map((request) => encodeTransactResult(0, request)));
    const log: string[] = [];
    const { read, unit } = await serve({}, { log: (line) => log.push(line), debugLog: -1 }, fake);
    expect(await read(0, 1)).toMatchObject({ status: 0 });
    expect(unit.error).toBeUndefined();
    return log.map((line) => line.slice(38)).filter((line) => line.startsWith('<<'));
  }

  const blocks = { blockAddress: 0, blockCount: 1, forceUnitAccess: false } as const;

  it('with hint 0 are none', async () => {
    expect(await survives({ hint: 0n, kind: 'Read', ...blocks })).toEqual(['<<Read  Status=GOOD']);
  });

  it('with more data than MaxTransferLength do not get to the unit', async () => {
    const blockCount = 0xffff_ffff;
    const log = await survives(
      { hint: 1n, kind: 'Read', ...blocks, blockCount },
      { hint: 2n, kind: 'Write', ...blocks, blockCount: 9 },
      { hint: 3n, kind: 'Unmap', count: 8 * 32 + 1 },
    );
    expect(log).toEqual(['<<Read  Status=GOOD']);
  });

  it('of no known kind are refused', async () => {
    const log = await survives({ hint: 1n, kind: 'Unknown', code: 9 });
    expect(log[0]).toContain('INVALID COMMAND OPERATION CODE');
  });

  it('past the end are refused', async () => {
    const blockAddress = 2 ** 53 - 1;
    const log = await survives({ hint: 1n, kind: 'Read', ...blocks, blockAddress });
    expect(log[0]).toContain('LOGICAL BLOCK ADDRESS OUT OF RANGE');
  });

  it('with the hint of another are requests of their own', async () => {
    const flush: TransactRequest = { hint: 1n, kind: 'Flush', blockAddress: 0, blockCount: 0 };
    expect(await survives(flush, flush)).toHaveLength(3);
  });

  it('without bytes are none', async () => {
    const fake = new FakeMiniport();
    fake.malformed.push(new Uint8Array(0), new Uint8Array(8));
    const { read } = await serve({}, {}, fake);
    expect(await read(0, 1)).toMatchObject({ status: 0 });
  });
});

describe('the end of a disk on the miniport', () => {
  it('answers what it took, then takes the unit away and gives everything back', async () => {
    const held = new HeldBackend(1024);
    const { write, stop, fake } = await serve({ backend: held });
    const written = write(5, filled(1, 0x5a));
    await vi.waitFor(() => expect(held.pending).toEqual(['write 5+1']));
    const stopped = stop();
    held.finish();
    expect(await written).toMatchObject({ status: 0 });
    await vi.waitFor(() => held.finish('flush'));
    await stopped;
    expect(fake.units.every((unit) => unit === undefined)).toBe(true);
    expect([fake.openFiles, fake.allocations]).toEqual([0, 0]);
  });

  it('takes the unit away from Windows after five seconds if the backend does not answer', async () => {
    const clock = manualClock();
    const held = new HeldBackend(1024);
    const { write, stop, fake } = await serve({ backend: held }, { clock });
    const written = write(5, filled(1, 0x5a));
    await vi.waitFor(() => expect(held.pending).toEqual(['write 5+1']));
    const stopped = stop();
    clock.advance(4999);
    expect(fake.units[0]).toBeDefined();
    clock.advance(1);
    await expect(written).rejects.toMatchObject({ win32: IO_DEVICE });
    held.finish(); // late, and nobody waits for it
    await vi.waitFor(() => held.finish('flush'));
    await stopped;
    expect([fake.openFiles, fake.allocations]).toEqual([0, 0]);
  });

  it('drops the answer to a request that Windows aborted, and serves the next', async () => {
    const held = new HeldBackend(1024);
    const { write, read, fake } = await serve({ backend: held }, { fetches: 1 });
    const written = write(5, filled(1, 0x5a));
    await vi.waitFor(() => expect(held.pending).toEqual(['write 5+1']));
    fake.units[0]?.queue.reset();
    await expect(written).rejects.toMatchObject({ win32: IO_DEVICE });
    const later = read(5, 1);
    held.finish();
    await vi.waitFor(() => held.finish('read 5+1'));
    expect((await later).data).toEqual(filled(1, 0x5a));
  });

  it('drops the answer to a request that Windows aborted, whose hint is used again by then', async () => {
    const held = new HeldBackend(1024);
    held.memory.write(9, filled(1, 0x99));
    const { write, read, fake } = await serve({ backend: held }, { fetches: 2 });
    const written = write(5, filled(1, 0x5a));
    await vi.waitFor(() => expect(held.pending).toEqual(['write 5+1']));
    fake.units[0]?.queue.reset();
    await expect(written).rejects.toMatchObject({ win32: IO_DEVICE });
    const later = read(9, 1); // has the hint of the write
    await vi.waitFor(() => expect(held.pending).toEqual(['write 5+1', 'read 9+1']));
    held.finish('write 5+1');
    await vi.waitFor(() => expect(fake.units[0]?.queue.waiters).toBe(1));
    held.finish('read 9+1');
    expect((await later).data).toEqual(filled(1, 0x99));
  });

  it('is told when Windows took it away', async () => {
    const { unit, fake } = await serve();
    fake.exit(1);
    await unit.ended;
    expect(unit.error).toMatchObject({ code: 'UNIT_REMOVED' });
    await unit.shutdown();
    expect([fake.openFiles, fake.allocations]).toEqual([0, 0]);
  });

  it('is told when another process answers its requests', async () => {
    const { unit, btl, fake, read } = await serve({}, { fetches: 1 });
    await using other = await openMiniportWith(fake.calls(2), WINSPD_DEVICE);
    await other.setTransactProcessId({ btl, processId: 2 });
    const last = read(0, 1).catch(() => {});
    await unit.ended;
    expect(unit.error).toMatchObject({ code: 'WIN32', win32: 5 });
    expect(unit.error?.message).toContain('another process serves this unit now');
    await last;
  });

  it('leaves nothing behind where it cannot begin', async () => {
    const fake = new FakeMiniport();
    fake.failing.set(IOCTL_CODE.provision, 183);
    const began = serve({}, {}, fake);
    await expect(began).rejects.toMatchObject({ code: 'WIN32', win32: 183 });
    await expect(began).rejects.toThrow('ERROR_ALREADY_EXISTS (183): a unit has this GUID already');
    expect([fake.openFiles, fake.allocations]).toEqual([0, 0]);
  });
});

describe('serveDevice', () => {
  it.each([0, 1.5, 65])('refuses %d fetches', async (fetches) => {
    const target = createTarget([createDisk({ backend: memoryBackend({ blocks: 16 }) })]);
    await expect(serveDevice(target, { fetches })).rejects.toThrow(RangeError);
    await target.close();
  });
});
