import { describe, expect, it } from 'vitest';
import { BackendError, type Backend, type BackendFailure } from '../../src/backend/backend.ts';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import { extend, type Command } from '../../src/scsi/command.ts';
import { LogicalUnit } from '../../src/scsi/logical-unit.ts';
import { check, GOOD } from '../../src/scsi/result.ts';
import type { CdbRequest } from '../../src/cdb/spec.ts';
import type { UnitState, UnitStore } from '../../src/scsi/unit-store.ts';
import {
  bench,
  contents,
  fixedSense,
  good,
  hex,
  memory,
  refusal,
  settle,
  type Answer,
  type BenchOptions,
} from './disk-under-test.ts';
import { HeldBackend } from './held-backend.ts';

const TEST_UNIT_READY = '00 00 00 00 00 00';
const INQUIRY = '12 00 00 0005 00';
const REQUEST_SENSE = '03 00 0000 ff 00';
const REPORT_LUNS = 'a0 00 00 000000 00000010 00 00';
const READ_0 = '28 00 00000000 00 0001 00';
const WRITE_0 = '2a 00 00000000 00 0001 00';
const EJECT = '1b 00 00 00 02 00';
const LOAD = '1b 00 00 00 03 00';
const STOP = '1b 00 00 00 00 00';

const block = (fill: number): Uint8Array => new Uint8Array(512).fill(fill);
const ascii = (text: string): string =>
  Array.from(text, (letter) => letter.charCodeAt(0).toString(16)).join('');
/** PRODUCT SERIAL NUMBER of VPD page 80h. */
const serialOf = (answer: Answer | undefined): string =>
  String.fromCharCode(...(answer?.data.subarray(4) ?? []));
const nothing = (): void => undefined;
const throwing = (message: string) => (): never => {
  throw new Error(message);
};
/** A backend without an id. */
const anonymous = (): Backend => ({ blockLength: 512, blocks: 8, read: nothing, write: nothing });
const inquiryData = hex('00 00 06 12 5b');

describe('the checks before a command', () => {
  it('find an operation code that is not there before a pending unit attention', () => {
    const { send, stranger } = bench();
    const from = stranger('new');
    expect(send('c0 00 00 00 00 00', { from })).toEqual(refusal('5/20/00', { cdb: [0] }));
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
  });

  it('find a service action that is not there: INVALID FIELD IN CDB at byte 1', () => {
    const cdb = '9e 1f 0000000000000000 00000000 00 00';
    expect(bench().send(cdb)).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
  });

  it('find a reserved bit before a pending unit attention', () => {
    const { send, stranger } = bench();
    const from = stranger('new');
    expect(send('00 00 20 00 00 00', { from })).toEqual(refusal('5/24/00', { cdb: [2, 5] }));
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
  });

  it('point at the first reserved bit from the left', () => {
    expect(bench().send('00 00 00 14 00 00')).toEqual(refusal('5/24/00', { cdb: [3, 4] }));
  });

  it('find a reserved bit before NACA', () => {
    expect(bench().send('00 00 00 01 00 04')).toEqual(refusal('5/24/00', { cdb: [3, 0] }));
  });

  it('leave reserved bits alone where told', () => {
    expect(bench({ reservedBits: 'ignore' }).send('00 00 20 00 00 00')).toEqual(good());
  });

  it('refuse NACA, before a pending unit attention', () => {
    const { send, stranger } = bench();
    const from = stranger('new');
    expect(send('00 00 00 00 00 04', { from })).toEqual(refusal('5/24/00', { cdb: [5, 2] }));
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
  });

  it.each([
    ['6', '00 00 00 00 00 04', 5],
    ['10', '25 00 00000000 0000 00 04', 9],
    ['12', 'a0 00 00 000000 00000010 00 04', 11],
    ['16', '88 00 0000000000000000 00000000 00 04', 15],
  ])('find NACA in the last byte of a CDB of %s bytes', (_, cdb, byte) => {
    expect(bench().send(cdb)).toEqual(refusal('5/24/00', { cdb: [byte, 2] }));
  });

  it('let vendor specific bits of the CONTROL byte pass', () => {
    expect(bench().send('00 00 00 00 00 c0')).toEqual(good());
  });

  it('refuse a CDB that is cut off, at its end', () => {
    expect(bench().send('28 00 00000000 00')).toEqual(refusal('5/24/00', { cdb: [7] }));
  });

  it('refuse an empty CDB', () => {
    expect(bench().send('')).toEqual(refusal('5/24/00', { cdb: [0] }));
  });

  it('let a CDB pass that a transport padded', () => {
    expect(bench().send(`${TEST_UNIT_READY} ff ff ff ff ff ff ff ff ff ff`)).toEqual(good());
  });

  it('report a unit attention before a medium that is not there', () => {
    const { send, stranger, unit } = bench({ removable: true });
    unit.eject();
    const from = stranger('new');
    expect(send(READ_0, { from })).toEqual(refusal('6/29/00'));
    expect(send(READ_0, { from })).toEqual(refusal('2/3a/00'));
  });

  it('report a medium that is not there before write protection', () => {
    const { send, unit } = bench({ removable: true, readOnly: true });
    unit.eject();
    expect(send(WRITE_0)).toEqual(refusal('2/3a/00'));
  });

  it('report write protection before a range that is not there', () => {
    const cdb = '2a 00 ffffffff 00 0001 00';
    expect(bench({ readOnly: true }).send(cdb)).toEqual(refusal('7/27/00'));
  });

  it('do not ask for data-out that is refused', () => {
    const { send } = bench({ readOnly: true });
    const out = throwing('asked for data');
    expect(send(WRITE_0, { out })).toEqual(refusal('7/27/00'));
  });

  it.each([
    ['INQUIRY', INQUIRY, good(inquiryData)],
    ['REPORT LUNS', REPORT_LUNS, good('00000008 00000000 0000000000000000')],
  ])('leave a unit attention pending for %s', (_, cdb, answer) => {
    const { send, stranger } = bench();
    const from = stranger('new');
    expect(send(cdb, { from })).toEqual(answer);
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
  });

  it('let REQUEST SENSE take the unit attention, with GOOD', () => {
    const { send, stranger } = bench();
    const from = stranger('new');
    expect(send(REQUEST_SENSE, { from })).toEqual(good(fixedSense('6/29/00')));
    expect(send(TEST_UNIT_READY, { from })).toEqual(good());
  });

  it('report each unit attention once, resets first', () => {
    const { send, nexus, unit } = bench();
    unit.attentions(nexus).establish({ key: 6, asc: 0x2a, ascq: 0x09 });
    void unit.reset();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/29/03'));
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/2a/09'));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });
});

describe('autosense', () => {
  it('is in descriptor format where D_SENSE is set', () => {
    const answer = bench({ descriptorSense: true }).send('28 00 00000800 00 0001 00');
    expect(answer.sense).toEqual(
      // ILLEGAL REQUEST, LBA OUT OF RANGE, 12 more bytes; Information: VALID, LBA 2048
      hex('72 05 21 00 000000 0c  00 0a 80 00 0000000000000800'),
    );
  });

  it('leaves VALID at 0 in fixed format for an LBA of over 32 bits', () => {
    const answer = bench().send('88 00 0000000100000000 00000001 00 00');
    expect(answer).toEqual(refusal('5/21/00'));
  });

  it('carries an LBA of 64 bits in descriptor format', () => {
    const cdb = '88 00 ffffffffffffffff 00000001 00 00';
    const { sense } = bench({ descriptorSense: true }).send(cdb);
    expect(sense).toEqual(hex('72 05 21 00 000000 0c  00 0a 80 00 ffffffffffffffff'));
  });
});

describe('a full task set', () => {
  it('answers TASK SET FULL to one more command', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync } = bench({ backend, queueDepth: 2 });
    const reads = [sendAsync(READ_0), sendAsync(READ_0)];
    expect(send(INQUIRY)).toEqual({ status: 0x28, data: new Uint8Array(0), dataOutLength: 0 });
    backend.finish();
    backend.finish();
    expect((await Promise.all(reads)).map((each) => each?.status)).toEqual([0, 0]);
    expect(send(INQUIRY)).toEqual(good(inquiryData));
  });
});

describe('overlapped commands', () => {
  it('end in 0B/4E/00, and every task of the nexus is aborted', async () => {
    const backend = new HeldBackend();
    const { sendAsync } = bench({ backend });
    const first = sendAsync(READ_0, { tag: 900 });
    const second = sendAsync('28 00 00000009 00 0001 00', { tag: 901 });
    const overlapped = sendAsync(TEST_UNIT_READY, { tag: 900 });
    backend.finish();
    backend.finish();
    expect(await overlapped).toEqual(refusal('b/4e/00'));
    expect([await first, await second]).toEqual([undefined, undefined]);
  });

  it('do not touch the tasks of another nexus', async () => {
    const backend = new HeldBackend();
    const { sendAsync, initiator } = bench({ backend });
    const other = sendAsync(READ_0, { tag: 900, from: initiator('other') });
    const mine = sendAsync(READ_0, { tag: 900 });
    const overlapped = sendAsync(TEST_UNIT_READY, { tag: 900 });
    backend.finish();
    backend.finish();
    expect(await overlapped).toEqual(refusal('b/4e/00'));
    expect([(await other)?.status, await mine]).toEqual([0, undefined]);
  });

  it('are none where another nexus uses the same tag', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync, initiator } = bench({ backend });
    const other = sendAsync(READ_0, { tag: 900, from: initiator('other') });
    expect(send(TEST_UNIT_READY, { tag: 900 })).toEqual(good());
    backend.finish();
    await other;
  });

  it('are none where the tag is used again after its task has ended', () => {
    const { send } = bench();
    expect(send(TEST_UNIT_READY, { tag: 5 })).toEqual(good());
    expect(send(TEST_UNIT_READY, { tag: 5 })).toEqual(good());
  });
});

describe('a live resize', () => {
  it('is told to every nexus, and the capacity is the new one', () => {
    const backend = memory();
    const { send, initiator } = bench({ backend });
    const other = initiator('other');
    backend.resize(4096);
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/2a/09'));
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/2a/09'));
    expect(send('25 00 00000000 0000 00 00')).toEqual(good('00000fff 00000200'));
  });

  it('is told once, however often it happens', () => {
    const backend = memory();
    const { send } = bench({ backend });
    backend.resize(4096);
    backend.resize(8192);
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/2a/09'));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('to a smaller disk never lets a write past the end that waited for its data', async () => {
    const backend = memory();
    const { sendAsync } = bench({ backend });
    let give: (data: Uint8Array) => void = nothing;
    const out = () => new Promise<Uint8Array>((resolve) => (give = resolve));
    const write = sendAsync('2a 00 000007ff 00 0001 00', { out });
    backend.resize(1024);
    give(block(0xa5));
    expect(await write).toEqual(refusal('5/21/00', { information: 0x7ff }, 512));
    expect(backend.allocatedBytes).toBe(0);
  });

  it('to a smaller disk never lets a read past the end that waited behind a write', async () => {
    const backend = new HeldBackend();
    const { sendAsync } = bench({ backend });
    const write = sendAsync('2a 00 000007ff 00 0001 00', { out: block(1) });
    const read = sendAsync('28 00 000007fe 00 0002 00');
    backend.memory.resize(0x7ff);
    backend.fail(new BackendError('medium', 'cut off'));
    expect(await read).toEqual(refusal('5/21/00', { information: 0x7ff }));
    await write;
    expect(backend.log).toEqual(['write 2047+1']);
  });
});

describe("a backend's failure", () => {
  const failing = (how: 'throws' | 'rejects', error: unknown): Backend => {
    const memoryDisk = memory();
    let first = true;
    const fail = (): MaybeRejected => {
      if (!first) return undefined;
      first = false;
      if (how === 'throws') throw error;
      return Promise.reject(error);
    };
    return {
      blockLength: 512,
      blocks: 2048,
      read: (lba, into) => fail() ?? memoryDisk.read(lba, into),
      write: (lba, from) => fail() ?? memoryDisk.write(lba, from),
      flush: () => fail(),
      unmap: (lba, blocks) => fail() ?? memoryDisk.unmap(lba, blocks),
    };
  };
  type MaybeRejected = Promise<void> | undefined;

  const READ_7 = '28 00 00000007 00 0001 00';
  const WRITE_7 = '2a 00 00000007 00 0001 00';
  const FLUSH = '35 00 00000000 00 0000 00';
  const table: readonly (readonly [
    kind: BackendFailure,
    command: string,
    cdb: string,
    codes: string,
    information: boolean,
  ])[] = [
    ['medium', 'READ', READ_7, '3/11/00', true],
    ['medium', 'WRITE', WRITE_7, '3/0c/00', true],
    ['medium', 'SYNCHRONIZE CACHE', FLUSH, '3/0c/00', true],
    ['medium', 'START STOP UNIT', STOP, '3/0c/00', true],
    ['hardware', 'READ', READ_7, '4/44/00', true],
    ['hardware', 'WRITE', WRITE_7, '4/44/00', true],
    ['space', 'WRITE', WRITE_7, '7/27/07', true],
    ['protected', 'WRITE', WRITE_7, '7/27/00', false],
    ['not-ready', 'READ', READ_7, '2/04/00', false],
  ];
  for (const how of ['throws', 'rejects'] as const) {
    it.each(table)(`of kind %s that it ${how} at %s becomes sense`, async (...row) => {
      const [kind, command, cdb, codes, hasLba] = row;
      const error = new BackendError(kind, 'scratch', { lba: 7 });
      const { sendAsync, errors } = bench({ backend: failing(how, error) });
      const details = hasLba ? { information: 7 } : {};
      const length = command === 'WRITE' ? 512 : 0;
      const answer = await sendAsync(cdb, { out: block(1) });
      expect(answer).toEqual(refusal(codes, details, length));
      expect(errors).toEqual([error]);
    });

    it(`that is any exception that it ${how} becomes INTERNAL TARGET FAILURE`, async () => {
      const error = new TypeError('a bug');
      const { sendAsync, errors } = bench({ backend: failing(how, error) });
      expect(await sendAsync(READ_7)).toEqual(refusal('4/44/00'));
      expect(errors).toEqual([error]);
    });

    it(`that is no exception at all, but what it ${how}, becomes INTERNAL TARGET FAILURE`, async () => {
      const { sendAsync, errors } = bench({ backend: failing(how, undefined) });
      expect(await sendAsync(READ_7)).toEqual(refusal('4/44/00'));
      expect(errors).toEqual([undefined]);
    });

    it(`that it ${how} leaves the unit working, the same blocks too`, async () => {
      const { sendAsync } = bench({ backend: failing(how, new Error('once')) });
      await sendAsync(WRITE_7, { out: block(1) });
      expect(await sendAsync(WRITE_7, { out: block(2) })).toEqual(good('', 512));
      expect(await sendAsync(READ_7)).toEqual(good(block(2)));
    });
  }

  it('has no INFORMATION where the block is not known', async () => {
    const backend = failing('throws', new BackendError('medium', 'somewhere'));
    expect(await bench({ backend }).sendAsync(READ_7)).toEqual(refusal('3/11/00'));
  });

  it('is answered even if whoever is told of it throws', async () => {
    const backend = failing('throws', new Error('scratch'));
    const onError = throwing('the listener has a bug');
    expect(await bench({ backend, onError }).sendAsync(READ_7)).toEqual(refusal('4/44/00'));
  });

  it('is answered without anybody who is told', async () => {
    const unit = new LogicalUnit(sbc, { backend: failing('throws', new Error('scratch')) });
    expect(() => unit.report(new Error('nobody listens'))).not.toThrow();
  });
});

describe("a transport's failure", () => {
  it('to give data-out becomes INTERNAL TARGET FAILURE, thrown or rejected', async () => {
    const { sendAsync } = bench();
    const thrown = throwing('connection reset');
    const answer = refusal('4/44/00', {}, 512);
    expect(await sendAsync(WRITE_0, { out: thrown })).toEqual(answer);
    const rejected = async () => thrown();
    expect(await sendAsync(WRITE_0, { out: rejected })).toEqual(answer);
  });

  it('to stop at the length asked for does not write past it', () => {
    const backend = memory(2);
    const { send } = bench({ backend });
    const all = new Uint8Array(2048).fill(0xff);
    expect(send(WRITE_0, { out: (length) => (length > 0 ? all : block(0)) })).toEqual(
      good('', 512),
    );
    expect(contents(backend).subarray(512)).toEqual(block(0));
  });
});

describe('a vendor command', () => {
  interface Odd extends CdbRequest {
    readonly op: 'ODD';
  }
  const odd = (run: Command<Odd>['run'], more: Partial<Command<Odd>> = {}): BenchOptions => ({
    commands: extend(sbc, {
      ODD: {
        specs: [{ op: 'ODD', opcode: 0xc0, length: 6, transfer: 'none', fields: {} }],
        run,
        ...more,
      } satisfies Command<Odd>,
    }),
  });
  const ODD = 'c0 00 00 00 00 00';

  it('runs', () => {
    expect(bench(odd(() => GOOD)).send(ODD)).toEqual(good());
  });

  it('is not there on a unit that it does not support', () => {
    const options = odd(() => GOOD, { supported: () => false });
    expect(bench(options).send(ODD)).toEqual(refusal('5/20/00', { cdb: [0] }));
  });

  it('that gives sense codes which do not exist becomes INTERNAL TARGET FAILURE', () => {
    const { send, errors } = bench(odd(() => check({ key: 99, asc: 0, ascq: 0 })));
    expect(send(ODD)).toEqual(refusal('4/44/00'));
    expect(errors).toEqual([expect.any(RangeError)]);
  });

  it('that promises sense codes which do not exist becomes INTERNAL TARGET FAILURE', async () => {
    const { sendAsync } = bench(odd(async () => check({ key: 99, asc: 0, ascq: 0 })));
    expect(await sendAsync(ODD)).toEqual(refusal('4/44/00'));
  });

  it('that gives nothing becomes INTERNAL TARGET FAILURE', async () => {
    const nothing = undefined as unknown as typeof GOOD;
    expect(bench(odd(() => nothing)).send(ODD)).toEqual(refusal('4/44/00'));
    const answer = await bench(odd(() => Promise.resolve(nothing))).sendAsync(ODD);
    expect(answer).toEqual(refusal('4/44/00'));
  });
});

describe('aborting a task', () => {
  const abort = { function: 'ABORT TASK', lun: 0, tag: 900 } as const;

  it('that waits ends it without touching the backend', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const first = sendAsync(READ_0);
    const waiting = sendAsync(WRITE_0, { tag: 900, attribute: 'ordered', out: block(1) });
    expect(nexus.manage(abort)).toBe('FUNCTION COMPLETE');
    expect(await waiting).toBeUndefined();
    backend.finish();
    expect((await first)?.status).toBe(0);
    expect(backend.log).toEqual(['read 0+1']);
  });

  it('that waits behind overlapping blocks keeps it from the backend', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const first = sendAsync(WRITE_0, { out: block(1) });
    const waiting = sendAsync(WRITE_0, { tag: 900, out: block(2) });
    const managed = nexus.manage(abort);
    backend.finish();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect([(await first)?.status, await waiting]).toEqual([0, undefined]);
    expect(backend.log).toEqual(['write 0+1']);
  });

  it('that waits for data-out tells the transport once, and waits for it', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const events: string[] = [];
    let give: (data: Uint8Array) => void = nothing;
    const write = sendAsync(WRITE_0, {
      tag: 900,
      out: () => new Promise<Uint8Array>((resolve) => (give = resolve)),
      cancel: () => void events.push('cancel'),
    });
    const managed = Promise.resolve(nexus.manage(abort)).then((response) => events.push(response));
    void nexus.manage(abort);
    await settle();
    expect(events).toEqual(['cancel']);
    give(block(1));
    await managed;
    expect(events).toEqual(['cancel', 'FUNCTION COMPLETE']);
    expect(await write).toBeUndefined();
    expect(backend.log).toEqual([]);
  });

  it('in the backend waits for the backend, then answers nothing for the task', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const write = sendAsync(WRITE_0, { tag: 900, out: block(1) });
    let managed: unknown;
    void Promise.resolve(nexus.manage(abort)).then((response) => (managed = response));
    await settle();
    expect(managed).toBeUndefined();
    backend.finish();
    expect(await write).toBeUndefined();
    await settle();
    expect(managed).toBe('FUNCTION COMPLETE');
  });

  it('in the backend swallows its failure', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus, errors } = bench({ backend });
    const write = sendAsync(WRITE_0, { tag: 900, out: block(1) });
    const managed = nexus.manage(abort);
    backend.fail(new Error('scratch'));
    expect(await write).toBeUndefined();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect(errors).toEqual([]);
  });

  it('that is not there is complete already', () => {
    expect(bench().nexus.manage(abort)).toBe('FUNCTION COMPLETE');
  });

  it('without a tag is rejected', () => {
    expect(bench().nexus.manage({ function: 'ABORT TASK', lun: 0 })).toBe('FUNCTION REJECTED');
  });

  it('of another nexus with the same tag is left alone', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus, initiator } = bench({ backend });
    const other = sendAsync(READ_0, { tag: 900, from: initiator('other') });
    expect(nexus.manage(abort)).toBe('FUNCTION COMPLETE');
    backend.finish();
    expect((await other)?.status).toBe(0);
  });

  it('between two descriptors of UNMAP leaves the second alone', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const list = hex(
      '0026 0020 00000000  0000000000000000 00000008 00000000  0000000000000010 00000008 00000000',
    );
    const unmap = sendAsync('42 00 00000000 00 0028 00', { tag: 900, out: list });
    const managed = nexus.manage(abort);
    backend.finish();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect(await unmap).toBeUndefined();
    expect(backend.log).toEqual(['unmap 0+8']);
  });

  it('of STOP leaves the unit started', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync, nexus } = bench({ backend });
    const stop = sendAsync(STOP, { tag: 900 });
    const managed = nexus.manage(abort);
    backend.finish('flush');
    await managed;
    expect(await stop).toBeUndefined();
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });
});

function lending(flush?: () => Promise<void>) {
  const counts = { lent: 0, released: 0 };
  const disk = memory();
  const backend: Backend = {
    blockLength: 512,
    blocks: 2048,
    read: (lba, into) => disk.read(lba, into),
    write: (lba, from) => disk.write(lba, from),
    ...(flush && { flush }),
    view: (lba, blocks) => {
      counts.lent++;
      const view = disk.view(lba, blocks);
      return {
        chunks: view.chunks,
        release: () => {
          counts.released++;
          view.release();
        },
      };
    },
  };
  return { backend, counts };
}

describe('a view that a backend lends', () => {
  it('is released by whoever has the response, not before', async () => {
    const { backend, counts } = lending();
    const response = await bench({ backend }).start(READ_0);
    expect(counts).toEqual({ lent: 1, released: 0 });
    response?.release?.();
    expect(counts).toEqual({ lent: 1, released: 1 });
  });

  it('is released once by the unit where the task was aborted', async () => {
    let flushed: () => void = nothing;
    const { backend, counts } = lending(() => new Promise((resolve) => (flushed = resolve)));
    const { start, nexus } = bench({ backend });
    const read = start('28 08 00000000 00 0001 00', { tag: 900 }); // FUA: flushes first
    const managed = nexus.manage({ function: 'ABORT TASK', lun: 0, tag: 900 });
    flushed();
    expect(await read).toBeUndefined();
    await managed;
    expect(counts.released).toBe(counts.lent);
  });

  it('is not asked for where the initiator has a buffer of its own', async () => {
    const { backend, counts } = lending();
    const dataIn = new Uint8Array(512).fill(0xee);
    const response = await bench({ backend }).start(READ_0, { dataIn });
    expect(counts.lent).toBe(0);
    expect(response?.dataIn).toEqual([block(0)]);
    expect(dataIn).toEqual(block(0));
  });
});

const stuck = () => {
  const backend = new HeldBackend();
  const it = bench({ backend, abortTimeout: 5000 });
  const write = it.sendAsync(WRITE_0, { tag: 900, out: block(1) });
  const managed = Promise.resolve(it.nexus.manage({ function: 'ABORT TASK SET', lun: 0 }));
  return { ...it, backend, write, managed };
};

describe('task management that takes too long', () => {
  it('answers after the time-out, not before', async () => {
    const { clock, managed, backend } = stuck();
    let answer: unknown;
    void managed.then((response) => (answer = response));
    clock.advance(4999);
    await settle();
    expect(answer).toBeUndefined();
    clock.advance(1);
    await settle();
    expect(answer).toBe('FUNCTION COMPLETE');
    backend.finish();
  });

  it('fences the unit until the tasks have settled', async () => {
    const { clock, send, backend, managed, write } = stuck();
    clock.advance(5000);
    await managed;
    expect(send(TEST_UNIT_READY)).toEqual(refusal('4/3e/02'));
    expect(send(READ_0)).toEqual(refusal('4/3e/02'));
    expect(send(REQUEST_SENSE)).toEqual(good(fixedSense('4/3e/02')));
    expect(send(INQUIRY)).toEqual(good(inquiryData));
    backend.finish();
    expect(await write).toBeUndefined();
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('keeps the fence until the last group of tasks has settled', async () => {
    const { clock, send, sendAsync, nexus, backend, managed } = stuck();
    const other = sendAsync('2a 00 00000008 00 0001 00', { tag: 901, out: block(2) });
    const second = nexus.manage({ function: 'ABORT TASK', lun: 0, tag: 901 });
    clock.advance(5000);
    await managed;
    await second;
    backend.finish('write 0+1');
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('4/3e/02'));
    backend.finish('write 8+1');
    await other;
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('leaves no timer behind where the tasks settle in time', async () => {
    const { clock, send, backend, managed } = stuck();
    backend.finish();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect(clock.pending).toBe(0);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });
});

describe('task management', () => {
  it('ABORT TASK SET aborts the tasks of the nexus and no other', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus, initiator } = bench({ backend });
    const other = initiator('other');
    const mine = sendAsync(READ_0);
    const theirs = sendAsync(READ_0, { from: other });
    const managed = nexus.manage({ function: 'ABORT TASK SET', lun: 0 });
    backend.finish();
    backend.finish();
    await managed;
    expect([await mine, (await theirs)?.status]).toEqual([undefined, 0]);
    expect((await sendAsync(TEST_UNIT_READY, { from: other }))?.status).toBe(0);
  });

  it('CLEAR TASK SET aborts all tasks, and tells those others that lost one', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync, nexus, initiator } = bench({ backend });
    const [loser, idle] = [initiator('loser'), initiator('idle')];
    const mine = sendAsync(READ_0);
    const theirs = sendAsync(READ_0, { from: loser });
    const managed = nexus.manage({ function: 'CLEAR TASK SET', lun: 0 });
    backend.finish();
    backend.finish();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect([await mine, await theirs]).toEqual([undefined, undefined]);
    expect(send(TEST_UNIT_READY, { from: loser })).toEqual(refusal('6/2f/00'));
    expect(send(TEST_UNIT_READY, { from: idle })).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it.each(['LOGICAL UNIT RESET', 'TARGET RESET'] as const)(
    '%s aborts all tasks and tells every nexus, its own too',
    async (name) => {
      const backend = new HeldBackend();
      const { send, sendAsync, nexus, initiator } = bench({ backend });
      const other = initiator('other');
      const theirs = sendAsync(READ_0, { from: other });
      const managed = nexus.manage({ function: name, lun: 0 });
      backend.finish();
      expect(await managed).toBe('FUNCTION COMPLETE');
      expect(await theirs).toBeUndefined();
      expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/29/03'));
      expect(send(TEST_UNIT_READY)).toEqual(refusal('6/29/03'));
      expect(send(TEST_UNIT_READY)).toEqual(good());
    },
  );

  it('I_T NEXUS RESET aborts the tasks of the nexus and tells it, no other', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync, nexus, initiator } = bench({ backend });
    const other = initiator('other');
    const mine = sendAsync(READ_0);
    const managed = nexus.manage({ function: 'I_T NEXUS RESET', lun: 0 });
    backend.finish();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect(await mine).toBeUndefined();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/29/07'));
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('QUERY TASK finds a task of the nexus while it has not ended', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus, initiator } = bench({ backend });
    const query = { function: 'QUERY TASK', lun: 0, tag: 900 } as const;
    const read = sendAsync(READ_0, { tag: 900 });
    expect(nexus.manage(query)).toBe('FUNCTION SUCCEEDED');
    expect(nexus.manage({ ...query, tag: 901 })).toBe('FUNCTION COMPLETE');
    expect(initiator('other').manage(query)).toBe('FUNCTION COMPLETE');
    backend.finish();
    await read;
    expect(nexus.manage(query)).toBe('FUNCTION COMPLETE');
  });

  it('QUERY TASK SET finds any task of the nexus', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus, initiator } = bench({ backend });
    const query = { function: 'QUERY TASK SET', lun: 0 } as const;
    const read = sendAsync(READ_0);
    expect(nexus.manage(query)).toBe('FUNCTION SUCCEEDED');
    expect(initiator('other').manage(query)).toBe('FUNCTION COMPLETE');
    backend.finish();
    await read;
    expect(nexus.manage(query)).toBe('FUNCTION COMPLETE');
  });

  it('QUERY ASYNCHRONOUS EVENT finds a pending unit attention, and leaves it pending', () => {
    const { send, stranger, nexus } = bench();
    const query = { function: 'QUERY ASYNCHRONOUS EVENT', lun: 0 } as const;
    const from = stranger('new');
    expect(nexus.manage(query)).toBe('FUNCTION COMPLETE');
    expect(from.manage(query)).toBe('FUNCTION SUCCEEDED');
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
  });

  it('CLEAR ACA is rejected: there is none to clear', () => {
    expect(bench().nexus.manage({ function: 'CLEAR ACA', lun: 0 })).toBe('FUNCTION REJECTED');
  });
});

describe('a lost nexus', () => {
  it('loses its tasks; the promise settles when they have ended', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const read = sendAsync(READ_0);
    let lost = false;
    void Promise.resolve(nexus.lost()).then(() => (lost = true));
    await settle();
    expect(lost).toBe(false);
    backend.finish();
    expect(await read).toBeUndefined();
    await settle();
    expect(lost).toBe(true);
  });

  it('is gone at once where it has no task', () => {
    expect(bench().nexus.lost()).toBeUndefined();
  });
});

describe('the store of a unit', () => {
  class Store implements UnitStore {
    readonly saved: UnitState[] = [];
    settle: (state?: UnitState) => void = () => undefined;
    fail: (error: Error) => void = () => undefined;

    load(): Promise<UnitState | undefined> {
      return new Promise((resolve, reject) => {
        this.settle = resolve;
        this.fail = reject;
      });
    }

    save(state: UnitState): void {
      this.saved.push(state);
    }
  }

  const SERIAL = '12 01 80 00ff 00';

  it('keeps commands waiting until it is loaded, then runs them in order', async () => {
    const store = new Store();
    const { sendAsync } = bench({ store });
    const ended: string[] = [];
    const first = sendAsync(TEST_UNIT_READY).then(() => ended.push('first'));
    const second = sendAsync(INQUIRY, { attribute: 'head of queue' }).then(() =>
      ended.push('second'),
    );
    await settle();
    expect(ended).toEqual([]);
    store.settle();
    await Promise.all([first, second]);
    expect(ended.length).toBe(2);
  });

  it('lets a waiting command be aborted', async () => {
    const store = new Store();
    const { sendAsync, nexus } = bench({ store });
    const waiting = sendAsync(TEST_UNIT_READY, { tag: 900 });
    const abort = { function: 'ABORT TASK', lun: 0, tag: 900 } as const;
    expect(nexus.manage(abort)).toBe('FUNCTION COMPLETE');
    expect(await waiting).toBeUndefined();
    store.settle();
  });

  it.each(['cannot be loaded', 'throws'] as const)(
    'that %s leaves a unit that needs manual intervention',
    async (how) => {
      const store = new Store();
      const error = new Error('unreadable');
      if (how === 'throws')
        store.load = () => {
          throw error;
        };
      const { sendAsync, errors } = bench({ store });
      store.fail(error);
      expect(await sendAsync(TEST_UNIT_READY)).toEqual(refusal('2/04/03'));
      expect(await sendAsync(READ_0)).toEqual(refusal('2/04/03'));
      expect(await sendAsync(INQUIRY)).toEqual(good(inquiryData));
      expect(errors).toEqual([error]);
    },
  );

  it('that cannot be saved to leaves a unit that needs manual intervention', async () => {
    const store: UnitStore = {
      load: () => undefined,
      save: () => Promise.reject(new Error('full')),
    };
    const { sendAsync } = bench({ store, backend: anonymous() });
    expect(await sendAsync(TEST_UNIT_READY)).toEqual(refusal('2/04/03'));
  });

  it('gets the serial number that was made, beside what it holds', async () => {
    const store = new Store();
    const { sendAsync } = bench({ store, backend: anonymous() });
    store.settle({ other: 1 });
    const answer = await sendAsync(SERIAL);
    expect(store.saved).toEqual([{ other: 1, serial: serialOf(answer) }]);
  });

  it('gives the serial number of before, and the NAA follows from it', async () => {
    const [one, two] = [new Store(), new Store()];
    const answers = [];
    for (const store of [one, two]) {
      const { sendAsync } = bench({ store, backend: anonymous() });
      store.settle({ serial: 'made before' });
      expect(serialOf(await sendAsync(SERIAL))).toBe('made before');
      answers.push(await sendAsync('12 01 83 00ff 00'));
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(one.saved).toEqual([]);
  });

  it('is not asked for a serial number that follows from the backend', async () => {
    const store = new Store();
    const { sendAsync } = bench({ store });
    store.settle({ serial: 'another' });
    // FNV-1a of the id, 64 bits, worked out apart.
    expect(await sendAsync(SERIAL)).toEqual(good(`00 80 0010 ${ascii('d7e5ac5e896d1d39')}`));
    expect(store.saved).toEqual([]);
  });

  it('that holds no serial number a disk could have is an error', async () => {
    const store = new Store();
    const { sendAsync } = bench({ store, backend: anonymous() });
    store.settle({ serial: 'x'.repeat(65) });
    expect(await sendAsync(TEST_UNIT_READY)).toEqual(refusal('2/04/03'));
  });
});

describe('closing a unit', () => {
  it('aborts what runs, flushes, closes, in this order and once', async () => {
    const backend = new HeldBackend();
    const { unit, sendAsync } = bench({ backend });
    const write = sendAsync(WRITE_0, { out: block(1) });
    const closed = unit.close();
    expect(unit.close()).toBe(closed);
    await settle();
    backend.finish('write 0+1');
    await settle();
    backend.finish('flush');
    await closed;
    expect(await write).toBeUndefined();
    expect(backend.log).toEqual(['write 0+1', 'flush', 'close']);
  });

  it('leaves a unit without a medium', async () => {
    const { unit, send } = bench();
    await unit.close();
    expect(send(READ_0)).toEqual(refusal('2/3a/00'));
    expect(send(INQUIRY)).toEqual(good(inquiryData));
  });

  it('lets nobody reach the backend any more, not even by loading or stopping', async () => {
    const backend = new HeldBackend();
    const { unit, sendAsync } = bench({ backend, removable: true });
    const closed = unit.close();
    await settle();
    backend.finish('flush');
    await closed;
    await sendAsync(LOAD);
    unit.load();
    expect(await sendAsync(READ_0)).toEqual(refusal('2/3a/00'));
    await sendAsync(STOP);
    await sendAsync(EJECT);
    expect(backend.log).toEqual(['flush', 'close']);
  });

  it('closes the backend even if the flush fails, and tells of the failure', async () => {
    const backend = new HeldBackend();
    const { unit } = bench({ backend });
    const closed = unit.close();
    await settle();
    backend.fail(new Error('scratch'), 'flush');
    await expect(closed).rejects.toThrow('scratch');
    expect(backend.closed).toBe(true);
  });

  it('gives the backend free for another unit', async () => {
    const backend = memory();
    const { unit } = bench({ backend });
    await unit.close();
    expect(() => new LogicalUnit(sbc, { backend })).not.toThrow();
  });

  it('ends what the backend tells', async () => {
    const backend = memory();
    const { unit, send } = bench({ backend });
    await unit.close();
    backend.resize(4096);
    expect(send('03 00 0000 ff 00')).toEqual(good(fixedSense('2/3a/00')));
  });
});

describe('a backend', () => {
  it('under two units is refused', () => {
    const backend = memory();
    expect(() => bench({ backend })).not.toThrow();
    expect(() => bench({ backend })).toThrow(/in use by another logical unit/);
  });
});
