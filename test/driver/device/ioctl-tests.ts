/**
 * The tests that WinSpd has for the calls of its miniport, each under its name. They run over the
 * fake miniport in memory, and under Wine over the one in C; they would over WinSpd itself.
 */
import assert from 'node:assert/strict';
import { MOST_UNITS, type Miniport } from '../../../driver/device/miniport.ts';
import type { PassThroughResult } from '../../../driver/device/pass-through.ts';
import type { TransactLine } from '../../../driver/device/transact-line.ts';
import { WinSpdError } from '../../../driver/errors.ts';
import type { StorageUnitParams } from '../../../driver/protocol/storage-unit-params.ts';
import { GOOD_STATUS } from '../../../driver/protocol/storage-unit-status.ts';
import {
  decodeUnmapDescriptors,
  kindCode,
  type TransactRequest,
} from '../../../driver/protocol/transact.ts';
import { encodeCdb } from '../../../src/cdb/index.ts';
import { encodeUnmapList } from '../../../src/cdb/unmap.ts';

/** What another process is asked to do. It answers with the Win32 error, 0: none. */
export type Order =
  | readonly ['provision', StorageUnitParams]
  | readonly ['unprovision', guid: string]
  /** Fetch a read, and answer it with {@link pattern}. */
  | readonly ['serve a read', btl: number];

/** Another process. */
export interface OtherProcess {
  readonly id: number;
  order(order: Order): Promise<number>;
  /** Ends without taking anything back. */
  exit(): Promise<void>;
}

/** Where the tests run. */
export interface World {
  open(): Promise<Miniport>;
  startProcess(): Promise<OtherProcess>;
}

/** Bytes that tell by themselves where they are from. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 9)) & 0xff);
}

const BLOCK = 512;
const GUID = '1f3c9a52-9d0b-4b19-8a34-2f0d6f6f4c10';
const OTHER_GUID = '1f3c9a52-9d0b-4b19-8a34-2f0d6f6f4c11';

/** The longest transfer that any test has. */
export const MOST_TRANSFER: number = 5 * BLOCK;

function unit(changes: Partial<StorageUnitParams> = {}): StorageUnitParams {
  return {
    guid: GUID,
    blockCount: 16,
    blockLength: BLOCK,
    productId: 'TestUnit',
    productRevisionLevel: '1.0',
    deviceType: 0,
    writeProtected: false,
    cacheSupported: false,
    unmapSupported: false,
    ejectDisabled: false,
    maxTransferLength: MOST_TRANSFER,
    ...changes,
  };
}

/** Asserts that a call of Windows fails with an error. */
async function fails(error: number, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (thrown) => {
    assert(thrown instanceof WinSpdError, String(thrown));
    assert.equal(thrown.win32, error, thrown.message);
    return true;
  });
}

/** A unit, and a line of its requests, for as long as `test` takes. */
async function withUnit(
  world: World,
  changes: Partial<StorageUnitParams>,
  test: (at: { miniport: Miniport; btl: number; line: TransactLine }) => Promise<void>,
): Promise<void> {
  const miniport = await world.open();
  try {
    const params = unit(changes);
    const btl = await miniport.provision(params);
    await miniport.arrived(btl);
    await test({ miniport, btl, line: miniport.line(btl, params.maxTransferLength) });
    await miniport.unprovision(params.guid);
    assert.deepEqual(await miniport.list(), []);
  } finally {
    await miniport.close();
  }
}

const READ_7 = encodeCdb({ op: 'READ', cdbLength: 16, lba: 7, blocks: 5 });
const WRITE_7 = encodeCdb({ op: 'WRITE', cdbLength: 16, lba: 7, blocks: 5 });

/** The next request of a line. */
async function next(line: TransactLine): Promise<TransactRequest> {
  const request = await line.transact({ fetch: true });
  assert(request !== undefined, 'a request came');
  assert.notEqual(request.hint, 0n);
  return request;
}

/** Answers it with GOOD. */
async function answerGood(line: TransactLine, request: TransactRequest): Promise<void> {
  const response = { hint: request.hint, kind: kindCode(request), status: GOOD_STATUS };
  assert.equal(await line.transact({ fetch: false, response }), undefined);
}

/** A read of blocks 7 to 11 arrives in pieces of at most so many blocks. */
async function transactRead(world: World, most: number): Promise<void> {
  await withUnit(world, { maxTransferLength: most * BLOCK }, async ({ miniport, btl, line }) => {
    const host = miniport.execute(btl, { cdb: READ_7, dataInLength: 5 * BLOCK });
    const data = pattern(5 * BLOCK);
    const hints = new Set<bigint>();
    for (let at = 0; at < 5; at += most) {
      const request = await next(line);
      hints.add(request.hint);
      const blockCount = Math.min(most, 5 - at);
      const blocks = { blockAddress: 7 + at, blockCount, forceUnitAccess: true };
      assert.deepEqual(request, { hint: request.hint, kind: 'Read', ...blocks });
      line.data.set(data.subarray(at * BLOCK, (at + blockCount) * BLOCK));
      await answerGood(line, request);
    }
    assert.equal(hints.size, 1);
    const result = await host;
    assert.equal(result.status, 0);
    assert.deepEqual(result.data, data);
  });
}

/** A write of blocks 7 to 11 arrives in pieces of at most so many blocks. */
async function transactWrite(world: World, most: number): Promise<void> {
  await withUnit(world, { maxTransferLength: most * BLOCK }, async ({ miniport, btl, line }) => {
    const data = pattern(5 * BLOCK);
    const host = miniport.execute(btl, { cdb: WRITE_7, dataOut: data });
    for (let at = 0; at < 5; at += most) {
      const request = await next(line);
      const blockCount = Math.min(most, 5 - at);
      const blocks = { blockAddress: 7 + at, blockCount, forceUnitAccess: true };
      assert.deepEqual(request, { hint: request.hint, kind: 'Write', ...blocks });
      const came = line.data.slice(0, blockCount * BLOCK);
      assert.deepEqual(came, data.slice(at * BLOCK, (at + blockCount) * BLOCK));
      await answerGood(line, request);
    }
    const { status, moved } = await host;
    assert.deepEqual([status, moved], [0, 2560]);
  });
}

const senseOf = ({ sense }: PassThroughResult): readonly (number | undefined)[] => [
  sense[0], // response code, VALID
  sense[2], // SENSE KEY
  sense[12], // ADDITIONAL SENSE CODE
  sense[13], // ADDITIONAL SENSE CODE QUALIFIER
  sense[6], // INFORMATION, its low byte
];

/** The tests, by name. */
export const IOCTL_TESTS: Readonly<Record<string, (world: World) => Promise<void>>> = {
  async provision(world) {
    await using miniport = await world.open();
    assert.equal(await miniport.provision(unit()), 0);
    await miniport.unprovision(GUID);
  },

  async provision_invalid(world) {
    await using miniport = await world.open();
    const nothing = '00000000-0000-0000-0000-000000000000';
    const zero = { blockCount: 0, blockLength: 0, maxTransferLength: 0 };
    await fails(87, miniport.provision(unit({ ...zero, guid: nothing })));
    await fails(87, miniport.provision(unit(zero)));
    await fails(87, miniport.provision(unit({ maxTransferLength: 513 })));
    assert.deepEqual(await miniport.list(), []);
    assert.equal(await miniport.provision(unit()), 0);
    await miniport.unprovision(GUID);
  },

  async provision_multi(world) {
    await using miniport = await world.open();
    assert.equal(await miniport.provision(unit()), 0);
    await fails(183, miniport.provision(unit()));
    assert.equal(await miniport.provision(unit({ guid: OTHER_GUID })), 0x100);
    await miniport.unprovision(GUID);
    await miniport.unprovision(OTHER_GUID);
    await fails(2, miniport.unprovision(GUID));
  },

  async provision_toomany(world) {
    await using miniport = await world.open();
    const guid = (i: number): string => `${GUID.slice(0, -2)}${(0x20 + i).toString(16)}`;
    for (let i = 0; i < 16; i++)
      assert.equal(await miniport.provision(unit({ guid: guid(i) })), i << 8);
    await fails(82, miniport.provision(unit({ guid: guid(16) })));
    for (let i = 0; i < 16; i++) await miniport.unprovision(guid(i));
  },

  async list(world) {
    await using miniport = await world.open();
    await miniport.provision(unit());
    await miniport.provision(unit({ guid: OTHER_GUID }));
    await fails(122, miniport.list(1));
    assert.deepEqual(await miniport.list(MOST_UNITS), [0, 0x100]);
    await miniport.unprovision(GUID);
    await miniport.unprovision(OTHER_GUID);
  },

  transact_read: (world) => transactRead(world, 5),
  transact_read_chunked: (world) => transactRead(world, 3),
  transact_write: (world) => transactWrite(world, 5),
  transact_write_chunked: (world) => transactWrite(world, 3),

  async flush(world) {
    await withUnit(world, { cacheSupported: true }, async ({ miniport, btl, line }) => {
      const cdb = encodeCdb({ op: 'SYNCHRONIZE CACHE', cdbLength: 16, lba: 7, blocks: 5 });
      const host = miniport.execute(btl, { cdb });
      const request = await next(line);
      const blocks = { blockAddress: 7, blockCount: 5 };
      assert.deepEqual(request, { hint: request.hint, kind: 'Flush', ...blocks });
      await answerGood(line, request);
      const { status, moved } = await host;
      assert.deepEqual([status, moved], [0, 0]);
    });
  },

  async unmap(world) {
    await withUnit(world, { unmapSupported: true }, async ({ miniport, btl, line }) => {
      const overlapping = [
        { lba: 7, blocks: 1 },
        { lba: 6, blocks: 2 },
        { lba: 5, blocks: 3 },
      ];
      const dataOut = encodeUnmapList(overlapping);
      const cdb = encodeCdb({ op: 'UNMAP', parameterListLength: dataOut.length });
      const host = miniport.execute(btl, { cdb, dataOut });
      const request = await next(line);
      assert.deepEqual(request, { hint: request.hint, kind: 'Unmap', count: 3 });
      assert.deepEqual(
        decodeUnmapDescriptors(line.data.subarray(0, 48)),
        overlapping.map(({ lba, blocks }) => ({ blockAddress: lba, blockCount: blocks })),
      );
      for (const reserved of [12, 28, 44])
        assert.deepEqual([...line.data.subarray(reserved, reserved + 4)], [0, 0, 0, 0]);
      await answerGood(line, request);
      const { status, moved } = await host;
      assert.deepEqual([status, moved], [0, 56]);
    });
  },

  async error(world) {
    await withUnit(world, {}, async ({ miniport, btl, line }) => {
      const host = miniport.execute(btl, { cdb: READ_7, dataInLength: 5 * BLOCK });
      const { hint } = await next(line);
      const sense = { scsiStatus: 2, senseKey: 0x03, asc: 0x15, ascq: 0x02 };
      const status = { ...sense, information: 11, informationValid: true };
      await line.transact({ fetch: false, response: { hint, kind: 1, status } });
      const result = await host;
      assert.deepEqual([result.status, ...senseOf(result)], [2, 0xf0, 0x03, 0x15, 0x02, 11]);
    });
  },

  async cancel(world) {
    await withUnit(world, {}, async ({ miniport, btl, line }) => {
      const host = miniport.execute(btl, { cdb: READ_7, dataInLength: 5 * BLOCK });
      const failed = assert.rejects(host, (error) => error instanceof WinSpdError && !!error.win32);
      const request = await next(line);
      await miniport.unprovision(GUID);
      await failed;
      // The answer comes late, and a unit that is gone has no requests.
      const response = { hint: request.hint, kind: 1, status: GOOD_STATUS };
      await fails(995, line.transact({ fetch: true, response }));
      await miniport.provision(unit());
    });
  },

  async process_death(world) {
    const other = await world.startProcess();
    assert.equal(await other.order(['provision', unit()]), 0);
    await using miniport = await world.open();
    assert.deepEqual(await miniport.list(), [0]);
    await other.exit();
    assert.deepEqual(await miniport.list(), []);
  },

  async process_access(world) {
    await withUnit(world, {}, async ({ btl }) => {
      const other = await world.startProcess();
      assert.equal(await other.order(['serve a read', btl]), 5);
      assert.equal(await other.order(['unprovision', GUID]), 5);
      await other.exit();
    });
  },

  async process_transact(world) {
    await withUnit(world, {}, async ({ miniport, btl, line }) => {
      const other = await world.startProcess();
      await miniport.setTransactProcessId({ btl, processId: other.id });
      const served = other.order(['serve a read', btl]);
      const host = await miniport.execute(btl, { cdb: READ_7, dataInLength: 5 * BLOCK });
      assert.deepEqual([host.status, host.data], [0, pattern(5 * BLOCK)]);
      assert.equal(await served, 0);
      await fails(5, line.transact({ fetch: true }));
      await other.exit();
    });
  },
};

/** What WinSpd's tests leave out. */
export const MORE_TESTS: Readonly<Record<string, (world: World) => Promise<void>>> = {
  async 'a call that neither answers nor fetches is refused'(world) {
    await withUnit(world, {}, async ({ line }) => fails(87, line.transact({ fetch: false })));
  },

  async 'there is nothing to fetch from a unit that is not there'(world) {
    await using miniport = await world.open();
    await fails(995, miniport.line(0x500, MOST_TRANSFER).transact({ fetch: true }));
    await fails(995, miniport.setTransactProcessId({ btl: 0x500, processId: 1 }));
  },

  async 'taking a unit away wakes who waits for its requests'(world) {
    await withUnit(world, {}, async ({ miniport, btl, line }) => {
      const lines = [line, miniport.line(btl, MOST_TRANSFER), miniport.line(btl, MOST_TRANSFER)];
      const woken = lines.map((each) => fails(995, each.transact({ fetch: true })));
      await miniport.unprovision(GUID);
      await Promise.all(woken);
      await miniport.provision(unit());
    });
  },

  async 'closing the miniport wakes who waits for requests'(world) {
    const miniport = await world.open();
    const btl = await miniport.provision(unit());
    const woken = fails(995, miniport.line(btl, MOST_TRANSFER).transact({ fetch: true }));
    await miniport.close();
    await woken;
    await using again = await world.open();
    assert.deepEqual(await again.list(), [btl]);
    await again.unprovision(GUID);
  },

  async 'an answer to no request means nothing'(world) {
    await withUnit(world, {}, async ({ miniport, btl, line }) => {
      const response = { hint: 0x1234_5678n, kind: 1, status: GOOD_STATUS };
      const host = miniport.execute(btl, { cdb: READ_7, dataInLength: 5 * BLOCK });
      const request = await line.transact({ fetch: true, response });
      assert(request !== undefined);
      line.data.set(pattern(5 * BLOCK));
      await line.transact({ fetch: false, response });
      await answerGood(line, request);
      assert.deepEqual((await host).data, pattern(5 * BLOCK));
      await answerGood(line, request); // it was answered before
    });
  },

  async 'one line may answer what another fetched, with its own buffer'(world) {
    await withUnit(world, {}, async ({ miniport, btl, line }) => {
      const other = miniport.line(btl, MOST_TRANSFER);
      const host = miniport.execute(btl, { cdb: READ_7, dataInLength: 5 * BLOCK });
      const request = await next(line);
      other.data.set(pattern(5 * BLOCK));
      await answerGood(other, request);
      assert.deepEqual((await host).data, pattern(5 * BLOCK));
    });
  },

  async 'a piece that fails ends the command'(world) {
    await withUnit(world, { maxTransferLength: BLOCK }, async ({ miniport, btl, line }) => {
      const host = miniport.execute(btl, { cdb: WRITE_7, dataOut: pattern(5 * BLOCK) });
      await answerGood(line, await next(line));
      const { hint } = await next(line);
      const sense = { scsiStatus: 2, senseKey: 0x03, asc: 0x0c, ascq: 0 };
      const status = { ...sense, information: 0, informationValid: false };
      await line.transact({ fetch: false, response: { hint, kind: 2, status } });
      const result = await host;
      assert.deepEqual([result.status, ...senseOf(result)], [2, 0x70, 0x03, 0x0c, 0, 0]);
    });
  },

  async 'what the miniport decides does not get to the program'(world) {
    await withUnit(world, { writeProtected: true }, async ({ miniport, btl, line }) => {
      const written = await miniport.execute(btl, { cdb: WRITE_7, dataOut: pattern(5 * BLOCK) });
      assert.deepEqual([written.status, ...senseOf(written)], [2, 0x70, 0x07, 0x27, 0, 0]);
      const cdb = encodeCdb({ op: 'READ', cdbLength: 10, lba: 15, blocks: 2 });
      const past = await miniport.execute(btl, { cdb, dataInLength: 2 * BLOCK });
      assert.deepEqual([past.status, ...senseOf(past)], [2, 0x70, 0x05, 0x21, 0, 0]);
      await fails(1, miniport.execute(btl, { cdb: Uint8Array.of(0x03, 0, 0, 0, 0, 0) }));
      await fails(55, miniport.execute(0x300, { cdb: Uint8Array.of(0, 0, 0, 0, 0, 0) }));
      const host = miniport.execute(btl, { cdb: READ_7, dataInLength: 5 * BLOCK });
      const request = await next(line);
      assert.equal(request.kind, 'Read');
      await answerGood(line, request);
      await host;
    });
  },
};

/** What another process does when it is told to. */
export async function obey(miniport: Miniport, order: Order): Promise<number> {
  try {
    switch (order[0]) {
      case 'provision':
        await miniport.provision(order[1]);
        break;
      case 'unprovision':
        await miniport.unprovision(order[1]);
        break;
      case 'serve a read': {
        const line = miniport.line(order[1], MOST_TRANSFER);
        const request = await line.transact({ fetch: true });
        if (request === undefined) return -1;
        line.data.set(pattern(MOST_TRANSFER));
        await answerGood(line, request);
      }
    }
    return 0;
  } catch (error) {
    if (error instanceof WinSpdError && error.win32 !== undefined) return error.win32;
    throw error;
  }
}
