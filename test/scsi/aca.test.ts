import { describe, expect, it } from 'vitest';
import type { Nexus } from '../../src/scsi/nexus.ts';
import { be, bench, good, hex, refusal, settle, type BenchOptions } from './disk-under-test.ts';
import { setControl, type ControlFields } from './control-page.ts';
import { block, READ_0, TEST_UNIT_READY, WRITE_0 } from './familiar-commands.ts';
import { HeldBackend } from './held-backend.ts';

/** READ(10) far beyond the end: LBA OUT OF RANGE. */
const BAD_READ = '28 00 00100000 00 0001 00';
const BAD_READ_NACA = '28 00 00100000 00 0001 04';
const OUT_OF_RANGE = refusal('5/21/00', { information: 0x10_0000 });
const TEST_UNIT_READY_NACA = '00 00 00 00 00 04';

const ACA_ACTIVE = { ...good(), status: 0x30 };
const BUSY = { ...good(), status: 0x08 };

/** A unit with an ACA condition of the first initiator in effect, and another initiator. */
function faulted(fields: ControlFields = {}, options: BenchOptions = {}) {
  const device = bench(options);
  setControl(device, fields);
  const other = device.initiator('other');
  expect(device.send(BAD_READ_NACA)).toEqual(OUT_OF_RANGE);
  return { ...device, other };
}

const clearAca = (nexus: Nexus) => nexus.manage({ function: 'CLEAR ACA', lun: 0 });

describe('an ACA condition', () => {
  it('is established by a CHECK CONDITION with NACA set', () => {
    expect(faulted().send(TEST_UNIT_READY)).toEqual(ACA_ACTIVE);
  });

  it('is not established by one without', () => {
    const { send } = bench();
    expect(send(BAD_READ)).toEqual(OUT_OF_RANGE);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('is not established by a command that ends well', () => {
    const { send } = bench();
    expect(send(TEST_UNIT_READY_NACA)).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('is established by the report of a unit attention', () => {
    const { send, stranger } = bench();
    const from = stranger('new');
    expect(send(TEST_UNIT_READY_NACA, { from })).toEqual(refusal('6/29/00'));
    expect(send(TEST_UNIT_READY, { from })).toEqual(ACA_ACTIVE);
  });

  it.each([
    ['6', '00 80 00 00 00 04'],
    ['10', '25 80 00000000 0000 00 04'],
    ['12', 'a0 80 00 000000 00000010 00 04'],
    ['16', '88 00 ffffffffffffffff 00000001 00 04'],
    ['an operation code that is not known, by its group', '1f 00 00 00 00 04'],
    ['variable length', '7f 04 00000000 00 18 ffff 00000000000000000000000000000000 000000000000'],
  ])('comes from NACA in a CDB of: %s', (_, cdb) => {
    const { send } = bench();
    expect(send(cdb).status).toBe(0x02);
    expect(send(TEST_UNIT_READY)).toEqual(ACA_ACTIVE);
  });
});

describe('while it is in effect, a command of the faulted nexus', () => {
  it('runs with the ACA attribute', () => {
    expect(faulted().send(READ_0, { attribute: 'aca' }).status).toBe(0);
  });

  it.each(['simple', 'ordered', 'head of queue'] as const)('is kept out as %s', (attribute) => {
    const { send } = faulted();
    expect(send(TEST_UNIT_READY, { attribute })).toEqual(ACA_ACTIVE);
    expect(send(TEST_UNIT_READY_NACA, { attribute })).toEqual(ACA_ACTIVE);
  });

  it('is kept out where another one with the ACA attribute has not ended', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync } = faulted({}, { backend });
    const first = sendAsync(READ_0, { attribute: 'aca' });
    expect(send(TEST_UNIT_READY, { attribute: 'aca' })).toEqual(ACA_ACTIVE);
    backend.finish();
    expect((await first)?.status).toBe(0);
    expect(send(TEST_UNIT_READY, { attribute: 'aca' })).toEqual(good());
  });

  it('is kept out even with the ACA attribute where TMF_ONLY is set', () => {
    expect(faulted({ tmfOnly: true }).send(TEST_UNIT_READY, { attribute: 'aca' })).toEqual(
      ACA_ACTIVE,
    );
  });

  it('ends the condition if it fails', () => {
    const { send } = faulted();
    expect(send(BAD_READ, { attribute: 'aca' })).toEqual(OUT_OF_RANGE);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('begins another if it fails with NACA set', () => {
    const { send } = faulted();
    expect(send(BAD_READ_NACA, { attribute: 'aca' })).toEqual(OUT_OF_RANGE);
    expect(send(TEST_UNIT_READY)).toEqual(ACA_ACTIVE);
    expect(send(TEST_UNIT_READY, { attribute: 'aca' })).toEqual(good());
  });
});

describe('while it is in effect, a command of another nexus', () => {
  it('gets BUSY, or ACA ACTIVE with NACA set', () => {
    const { send, other } = faulted();
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(BUSY);
    expect(send(TEST_UNIT_READY_NACA, { from: other })).toEqual(ACA_ACTIVE);
    expect(send(TEST_UNIT_READY, { from: other, attribute: 'aca' })).toEqual(BUSY);
  });

  it('runs where each nexus has a task set of its own (TST)', () => {
    const { send, other } = faulted({ tst: 1 });
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(ACA_ACTIVE);
  });

  it('has an ACA condition of its own there', () => {
    const { send, other } = faulted({ tst: 1 });
    expect(send(BAD_READ_NACA, { from: other })).toEqual(OUT_OF_RANGE);
    expect(clearAca(other)).toBe('FUNCTION COMPLETE');
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(ACA_ACTIVE);
  });
});

describe('the ACA attribute', () => {
  it('is an error where no ACA condition is in effect', () => {
    const { send } = bench();
    expect(send(READ_0, { attribute: 'aca' })).toEqual(refusal('5/49/00'));
    expect(send(READ_0).status).toBe(0);
  });

  it('is an error of a nexus that is not the faulted one, in its own task set', () => {
    const { send, other } = faulted({ tst: 1 });
    expect(send(TEST_UNIT_READY, { from: other, attribute: 'aca' })).toEqual(refusal('5/49/00'));
  });
});

/** An ACA condition established while tasks of both initiators are in the task set. */
async function faultedWithTasks(fields: ControlFields = {}) {
  const backend = new HeldBackend();
  const device = bench({ backend });
  setControl(device, fields);
  const other = device.initiator('other');
  const { sendAsync } = device;
  const ended: string[] = [];
  const note = (name: string, answer: ReturnType<typeof sendAsync>): void =>
    void answer.then((value) => ended.push(`${name} ${value?.status ?? 'aborted'}`));
  note('mine', sendAsync(READ_0));
  note('theirs', sendAsync(READ_0, { from: other }));
  // With QERR its answer comes when the aborted tasks have ended.
  const failed = sendAsync(BAD_READ_NACA);
  await settle();
  const finish = async (): Promise<void> => {
    while (backend.calls.length > 0) {
      backend.finish();
      await settle();
    }
    expect(await failed).toEqual(OUT_OF_RANGE);
  };
  return { ...device, other, ended, finish };
}

describe('tasks that are in the task set when it is established', () => {
  it('are blocked, those of every nexus, and end after it', async () => {
    const { ended, finish, nexus } = await faultedWithTasks();
    await finish();
    expect(ended).toEqual([]);
    expect(clearAca(nexus)).toBe('FUNCTION COMPLETE');
    await settle();
    expect(ended.toSorted()).toEqual(['mine 0', 'theirs 0']);
  });

  it('are blocked only of the faulted nexus where each has a task set of its own', async () => {
    const { ended, finish } = await faultedWithTasks({ tst: 1 });
    await finish();
    expect(ended).toEqual(['theirs 0']);
  });

  it('are aborted with QERR 01b; the others are told', async () => {
    const { ended, finish, other, send, nexus } = await faultedWithTasks({ qerr: 1 });
    await finish();
    expect(ended.toSorted()).toEqual(['mine aborted', 'theirs aborted']);
    void clearAca(nexus);
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/2f/00'));
  });

  it('are aborted with QERR 11b if they are of the faulted nexus, else blocked', async () => {
    const { ended, finish, nexus, other, send } = await faultedWithTasks({ qerr: 3 });
    await finish();
    expect(ended).toEqual(['mine aborted']);
    void clearAca(nexus);
    await settle();
    expect(ended).toEqual(['mine aborted', 'theirs 0']);
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('do not start while it lasts', async () => {
    const backend = new HeldBackend();
    const { sendAsync, send, nexus, initiator } = bench({ backend });
    const other = initiator('other');
    const read = sendAsync(READ_0);
    const waiting = sendAsync('28 00 00000007 00 0001 00', { attribute: 'ordered', from: other });
    expect(send(BAD_READ_NACA, { attribute: 'head of queue' })).toEqual(OUT_OF_RANGE);
    backend.finish();
    await settle();
    expect(backend.pending).toEqual([]);
    void clearAca(nexus);
    await settle();
    expect(backend.pending).toEqual(['read 7+1']);
    backend.finish();
    expect([(await read)?.status, (await waiting)?.status]).toEqual([0, 0]);
  });

  it('do not write what they have been given meanwhile', async () => {
    const backend = new HeldBackend();
    const { sendAsync, send, nexus } = bench({ backend });
    let give: ((data: Uint8Array) => void) | undefined;
    const out = (): Promise<Uint8Array> => new Promise((resolve) => (give = resolve));
    const write = sendAsync(WRITE_0, { out });
    expect(send(BAD_READ_NACA)).toEqual(OUT_OF_RANGE);
    give?.(block(1));
    await settle();
    expect(backend.pending).toEqual([]);
    void clearAca(nexus);
    await settle();
    expect(backend.pending).toEqual(['write 0+1']);
    backend.finish();
    expect((await write)?.status).toBe(0);
  });

  it('can be aborted', async () => {
    const { ended, finish, nexus, other } = await faultedWithTasks();
    await finish();
    expect(await other.manage({ function: 'ABORT TASK SET', lun: 0 })).toBe('FUNCTION COMPLETE');
    expect(await nexus.manage({ function: 'ABORT TASK SET', lun: 0 })).toBe('FUNCTION COMPLETE');
    await settle();
    expect(ended.toSorted()).toEqual(['mine aborted', 'theirs aborted']);
  });
});

describe('it ends', () => {
  it('with CLEAR ACA of the faulted nexus', () => {
    const { send, nexus, other } = faulted();
    expect(clearAca(nexus)).toBe('FUNCTION COMPLETE');
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('and with it the task with the ACA attribute', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus, send } = faulted({}, { backend });
    const read = sendAsync(READ_0, { attribute: 'aca' });
    const cleared = clearAca(nexus);
    backend.finish();
    expect(await cleared).toBe('FUNCTION COMPLETE');
    expect(await read).toBeUndefined();
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('not with CLEAR ACA of another nexus', () => {
    const { send, other } = faulted();
    expect(clearAca(other)).toBe('FUNCTION COMPLETE');
    expect(send(TEST_UNIT_READY)).toEqual(ACA_ACTIVE);
  });

  it.each(['ABORT TASK SET', 'CLEAR TASK SET'] as const)('not with %s', (name) => {
    const { send, nexus } = faulted();
    expect(nexus.manage({ function: name, lun: 0 })).toBe('FUNCTION COMPLETE');
    expect(send(TEST_UNIT_READY)).toEqual(ACA_ACTIVE);
  });

  it('with LOGICAL UNIT RESET of any nexus', () => {
    const { send, other } = faulted();
    void other.manage({ function: 'LOGICAL UNIT RESET', lun: 0 });
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/29/03'));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it.each(['I_T NEXUS RESET', 'lost'] as const)('with the faulted nexus: %s', (how) => {
    const { send, nexus, other } = faulted();
    if (how === 'lost') void nexus.lost();
    else void nexus.manage({ function: how, lun: 0 });
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('with PREEMPT AND ABORT of the faulted nexus, which alone another may send', () => {
    const { send, initiator } = bench();
    const from = initiator('other');
    const out = (serviceAction: string, key: number, other: number, how = {}): unknown =>
      send(`5f ${serviceAction} 00 0000 00000018 00`, {
        out: hex(`${be(key, 8)} ${be(other, 8)} 0000000000000000`),
        ...how,
      });
    out('00', 0, 0x11);
    out('00', 0, 0x22, { from });
    expect(send(BAD_READ_NACA)).toEqual(OUT_OF_RANGE);
    expect(out('04', 0x22, 0x11, { from })).toEqual(BUSY);
    expect(out('05', 0x22, 0x11, { from })).toEqual(good('', 24));
    expect(send(TEST_UNIT_READY, { from })).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/2a/05'));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });
});
