import { describe, expect, it } from 'vitest';
import { BackendError, type Backend, type BackendFailure } from '../../src/backend/backend.ts';
import type { CdbRequest } from '../../src/cdb/spec.ts';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import { extend, type Command } from '../../src/scsi/command.ts';
import { LogicalUnit } from '../../src/scsi/logical-unit.ts';
import { check, GOOD } from '../../src/scsi/result.ts';
import { bench, contents, good, memory, refusal, type BenchOptions } from './disk-under-test.ts';
import { WRITE_0, STOP, block, throwing } from './familiar-commands.ts';

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
        reservation: 'allowed',
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
