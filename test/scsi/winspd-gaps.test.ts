/**
 * What the SCSI emulation of WinSpd's miniport gets wrong or lacks, gap by gap; each test is what a
 * unit of this library does instead.
 */
import { describe, expect, it } from 'vitest';
import {
  bench,
  contents,
  fixedSense,
  good,
  hex,
  memory,
  refusal,
  settle,
} from './disk-under-test.ts';
import { HeldBackend } from './held-backend.ts';

const TEST_UNIT_READY = '00 00 00 00 00 00';

describe('G1: SYNCHRONIZE CACHE of 0 blocks', () => {
  it.each(['35 00 00000000 00 0000 00', '91 00 0000000000000000 00000000 00 00'])(
    'flushes everything (%s)',
    async (cdb) => {
      const backend = new HeldBackend();
      const answer = bench({ backend }).sendAsync(cdb);
      expect(backend.pending).toEqual(['flush']);
      backend.finish();
      expect(await answer).toEqual(good());
    },
  );
});

describe('G2: an operation code that is not there', () => {
  it('has sense data: INVALID COMMAND OPERATION CODE, at byte 0', () => {
    expect(bench().send('c1 00 00 00 00 00')).toEqual(refusal('5/20/00', { cdb: [0] }));
  });
});

describe('G3: an allocation length', () => {
  it.each([
    ['REPORT LUNS', 'a0 00 00 000000 00000004 00 00', '00000008'],
    ['INQUIRY', '12 00 00 0005 00', '00 00 06 32 5b'],
    ['MODE SENSE(6)', '1a 00 3f 00 04 00', '97 00 10 08'],
    ['READ CAPACITY(16)', '9e 10 0000000000000000 00000008 00 00', '00000000000007ff'],
  ])('shorter than the data of %s cuts it, with GOOD', (_, cdb, data) => {
    expect(bench().send(cdb)).toEqual(good(data));
  });
});

describe('G4: what the initiator has to be told', () => {
  it('after arrival: a unit attention', () => {
    const { send, stranger } = bench();
    expect(send(TEST_UNIT_READY, { from: stranger('new') })).toEqual(refusal('6/29/00'));
  });

  it('after a reset: a unit attention', () => {
    const { send, nexus } = bench();
    void nexus.manage({ function: 'LOGICAL UNIT RESET', lun: 0 });
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/29/03'));
  });

  it('after a capacity change: a unit attention', () => {
    const backend = memory();
    const { send } = bench({ backend });
    backend.resize(99);
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/2a/09'));
  });

  it('by REQUEST SENSE', () => {
    const { send, stranger } = bench();
    const answer = send('03 00 0000 ff 00', { from: stranger('new') });
    expect(answer).toEqual(good(fixedSense('6/29/00')));
  });

  it('while the unit is stopped: NOT READY', () => {
    const { send } = bench();
    expect(send('1b 00 00 00 00 00')).toEqual(good()); // START STOP UNIT
    expect(send(TEST_UNIT_READY)).toEqual(refusal('2/04/02'));
  });
});

const page = (code: string) => bench().send(`12 01 ${code} 00ff 00`).data;

describe('G5: identity', () => {
  it('has pages 86h and B1h', () => {
    expect([...page('00')]).toEqual(expect.arrayContaining([0x86, 0xb1]));
    expect(page('b1').subarray(4, 6)).toEqual(hex('0001')); // does not rotate
  });

  it('has an NAA designator', () => {
    expect(page('83').subarray(4, 8)).toEqual(hex('01 03 00 08'));
    expect((page('83')[8] ?? 0) >> 4).toBe(3);
  });

  it('is the same after a restart', () => {
    expect(page('83')).toEqual(page('83'));
    expect(page('80')).toEqual(page('80'));
  });

  it('claims SPC-4 and names its standards in 96 bytes', () => {
    const { data } = bench().send('12 00 00 00ff 00');
    expect([data.length, data[2]]).toEqual([96, 6]);
    expect(data.subarray(58, 64)).toEqual(hex('00a0 0460 04c0'));
  });
});

describe('G6: limits and provisioning', () => {
  it('B0h has the unmap limits, granularity and alignment', () => {
    const { data } = bench({ physicalBlockLength: 4096 }).send('12 01 b0 00ff 00');
    expect(data.subarray(6, 8)).toEqual(hex('0008'));
    expect(data.subarray(20, 36)).toEqual(hex('ffffffff 00000100 00000008 80000000'));
  });

  it('B2h and READ CAPACITY(16) say that unmapped blocks read as zeros, and they do', () => {
    const backend = memory();
    backend.write(0, new Uint8Array(512).fill(1));
    const { send } = bench({ backend });
    expect((send('12 01 b2 00ff 00').data[5] ?? 0) & 0x1c).toBe(0x04);
    expect((send('9e 10 0000000000000000 00000020 00 00').data[14] ?? 0) & 0xc0).toBe(0xc0);
    const list = hex('0016 0010 00000000 0000000000000000 00000001 00000000');
    expect(send('42 00 00000000 00 0018 00', { out: list })).toEqual(good('', 24));
    expect(send('28 00 00000000 00 0001 00')).toEqual(good(new Uint8Array(512)));
  });

  it('READ CAPACITY(16) has the physical block length: 512e', () => {
    const { send } = bench({ physicalBlockLength: 4096 });
    expect(send('9e 10 0000000000000000 00000020 00 00').data[13]).toBe(0x03);
  });

  it('and blocks of 4096 bytes: 4Kn', () => {
    const { send } = bench({ backend: memory(16, 4096) });
    expect(send('25 00 00000000 0000 00 00')).toEqual(good('0000000f 00001000'));
  });
});

const sense = (code: string) => bench().send(`1a 08 ${code} 00 ff 00`); // DBD

describe('G7: mode pages', () => {
  it('08h has its 20 bytes', () => {
    expect(sense('08').data.subarray(4, 6)).toEqual(hex('08 12'));
    expect(sense('08').data.length).toBe(24);
  });

  it.each(['01', '0a', '1c'])('%sh is there', (code) => {
    expect(sense(code).data.subarray(4, 6)).toEqual(hex(`${code} 0a`));
  });

  it('with changeable values there is a mask', () => {
    expect(sense('48').status).toBe(0);
  });

  it('with saved values they are refused: SAVING PARAMETERS NOT SUPPORTED', () => {
    expect(sense('c8')).toEqual(refusal('5/39/00'));
  });

  it('DPOFUA does not depend on a cache', () => {
    expect(bench({ cache: 'write-through' }).send('1a 08 08 00 ff 00').data[2]).toBe(0x10);
  });

  it('there is a block descriptor', () => {
    const { data } = bench().send('1a 00 08 00 ff 00');
    expect(data.subarray(3, 12)).toEqual(hex('08 00000800 00 000200'));
  });

  it('3Fh with subpage FFh is all of them', () => {
    expect(bench().send('1a 08 3f ff ff 00').data.length).toBe(
      4 + 12 + 16 + 12 + 20 + 12 + 32 + 8 + 8 + 40 + 12 + 48,
    );
  });
});

describe('G8: commands', () => {
  it('can be asked for: REPORT SUPPORTED OPERATION CODES, and TASK MANAGEMENT FUNCTIONS', () => {
    expect(bench().send('a3 0c 00 00 0000 00001000 00 00').status).toBe(0);
    expect(bench().send('a3 0d 00 00 0000 00001000 00 00').status).toBe(0);
  });
});

describe('G9: errors', () => {
  it('name the first missing block of a range', () => {
    const answer = bench().send('28 00 000007fe 00 0004 00');
    expect(answer).toEqual(refusal('5/21/00', { information: 2048 }));
  });

  it('point at the field', () => {
    expect(bench().send('28 20 00000000 00 0001 00')).toEqual(refusal('5/24/00', { cdb: [1, 7] }));
  });

  it('do not cut an LBA of over 32 bits: VALID is 0 in fixed format', () => {
    const { send } = bench({ backend: memory(2 ** 33) });
    expect(send('28 00 ffffffff 00 0002 00').status).toBe(0);
    expect(send('88 00 0000000200000000 00000001 00 00')).toEqual(refusal('5/21/00'));
  });

  it('and carry it whole in descriptor format', () => {
    const { send } = bench({ backend: memory(2 ** 33), descriptorSense: true });
    const { sense } = send('88 00 0000000200000000 00000001 00 00');
    expect(sense).toEqual(hex('72 05 21 00 000000 0c 00 0a 80 00 0000000200000000'));
  });

  it('may be deferred', async () => {
    const backend = new HeldBackend();
    const { send } = bench({ backend });
    send('35 02 00000000 00 0000 00'); // IMMED
    backend.fail(new Error('scratch'));
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('4/44/00', { deferred: true }));
  });

  it('are not all CHECK CONDITION: TASK SET FULL is a status', () => {
    const backend = new HeldBackend();
    const { send, sendAsync } = bench({ backend, queueDepth: 1 });
    void sendAsync('28 00 00000000 00 0001 00');
    expect(send(TEST_UNIT_READY).status).toBe(0x28);
    backend.finish();
  });
});

describe('G10: a count that wraps 32 bits when it becomes bytes', () => {
  it.each(['00800000', '00800001', 'ffffffff'])('of %sh blocks is never GOOD', (count) => {
    const { send } = bench({ backend: memory(2 ** 33) });
    const answer = refusal('5/24/00', { cdb: [10] });
    expect(send(`88 00 0000000000000000 ${count} 00 00`)).toEqual(answer);
    expect(send(`8a 00 0000000000000000 ${count} 00 00`)).toEqual(answer);
  });
});

describe('G11: caches and counts', () => {
  it('SYNCHRONIZE CACHE is fine without a cache and on a read-only unit', () => {
    expect(bench({ readOnly: true }).send('35 00 00000000 00 0000 00')).toEqual(good());
  });

  it('a write without FUA to a write-back cache is not forced to the medium', async () => {
    const backend = new HeldBackend();
    const write = bench({ backend }).sendAsync('2a 00 00000000 00 0001 00', {
      out: new Uint8Array(512),
    });
    expect(backend.pending).toEqual(['write 0+1']);
    backend.finish();
    await write;
  });

  it('0 blocks past the capacity are out of range', () => {
    const answer = refusal('5/21/00', { information: 2049 });
    expect(bench().send('28 00 00000801 00 0000 00')).toEqual(answer);
    expect(bench().send('2a 00 00000801 00 0000 00')).toEqual(answer);
  });
});

describe('G12: UNMAP', () => {
  const list = hex(
    '0026 0020 00000000 0000000000000000 00000001 00000000 0000000000000001 00000001 00000000',
  );

  it('of a list that is too short: PARAMETER LIST LENGTH ERROR', () => {
    const answer = bench().send('42 00 00000000 00 0007 00', { out: list });
    expect(answer).toEqual(refusal('5/1a/00'));
  });

  it('goes by the PARAMETER LIST LENGTH of the CDB', () => {
    const backend = memory(2);
    backend.write(0, new Uint8Array(1024).fill(1));
    const answer = bench({ backend }).send('42 00 00000000 00 0018 00', { out: list });
    expect(answer).toEqual(good('', 24));
    expect([contents(backend)[0], contents(backend)[512]]).toEqual([0, 1]);
  });

  it('keeps its limits', () => {
    const answer = refusal('5/26/00', { list: [2] }, 40);
    const { send } = bench({ maxUnmapDescriptors: 1 });
    expect(send('42 00 00000000 00 0028 00', { out: list })).toEqual(answer);
    const { send: other } = bench({ maxUnmapBlocks: 1 });
    const second = refusal('5/26/00', { list: [32] }, 40);
    expect(other('42 00 00000000 00 0028 00', { out: list })).toEqual(second);
  });
});
